namespace Nova.Model;

/// <summary>Somebody who signs in: one person, one e-mail address, any number of accounts.</summary>
/// <param name="Id">Nova's.</param>
/// <param name="Email">As it was given, in lower case: that is how people are found, and no provider tells addresses apart by case.</param>
/// <param name="Name">As people read it.</param>
/// <param name="PasswordHash">What the hasher made of the password, with its salt and cost.</param>
/// <param name="IsOperator">Runs Nova: everything, in any account.</param>
/// <param name="CreatedAt">When he first signed in.</param>
/// <param name="LastSeenAt">Right to the minute; null: never since.</param>
internal sealed record User(
    Id<User> Id, string Email, string Name, string PasswordHash, bool IsOperator, DateTimeOffset CreatedAt, DateTimeOffset? LastSeenAt = null) : IIdentified
{
    public static string IdPrefix => "usr";
}

/// <summary>What a member may do in his account.</summary>
internal enum Role : short
{
    /// <summary>Sees everything but secrets, changes nothing.</summary>
    Member = 0,
    Admin = 1,
}

/// <summary>A person's place in an account; before he has accepted it, the invitation to it.</summary>
/// <param name="Id">Nova's.</param>
/// <param name="AccountId">Where.</param>
/// <param name="Email">Who; unique within the account.</param>
/// <param name="Role">What he may do.</param>
/// <param name="UserId">Null until the invitation is accepted.</param>
/// <param name="CreatedAt">When he was invited.</param>
internal sealed record Member(Id<Member> Id, Id<Account> AccountId, string Email, Role Role, Id<User>? UserId, DateTimeOffset CreatedAt) : IIdentified
{
    public static string IdPrefix => "mem";
}
