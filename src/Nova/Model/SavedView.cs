namespace Nova.Model;

/// <summary>Filters of the delivery history that somebody gave a name, for everybody who sees the environment.</summary>
/// <param name="Id">Its id; a new one where it is saved again.</param>
/// <param name="EnvironmentId">Whose.</param>
/// <param name="Name">Of its environment's views no other has it.</param>
/// <param name="Query">The filters, as they stand behind the question mark of the portal's address.</param>
/// <param name="CreatedAt">When it was saved last.</param>
internal sealed record SavedView(Id<SavedView> Id, int EnvironmentId, string Name, string Query, DateTimeOffset CreatedAt) : IIdentified
{
    public static string IdPrefix => "view";
}
