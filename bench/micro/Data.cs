using System.Text;

namespace Nova.Micro;

/// <summary>The data of an event, just under 1 KiB, as a shop would write it: it fits <c>invoice.paid</c> of <c>standard</c>.</summary>
internal static class Data
{
    public static readonly byte[] Invoice = Encoding.UTF8.GetBytes(
        """
        {"id":"inv_7Q2M4K9X","customerId":"cus_19fk2","amount":18450,"currency":"EUR","paidAt":"2026-05-10T08:30:00Z","method":{"kind":"card","brand":"visa","last4":"4242","country":"NL"},"lines":[{"sku":"A-1001","title":"Desk lamp, brass","quantity":1,"price":8950},{"sku":"B-2040","title":"Bulb E27, warm white","quantity":4,"price":1250},{"sku":"C-0007","title":"Extension cord, three metres","quantity":1,"price":4500}],"shipping":{"name":"Ada Example","street":"Example Street 12","city":"Utrecht","postcode":"3511 AB","country":"NL"},"tags":["first-order","newsletter"],"note":"
        """.TrimEnd() + new string('x', 320) + "\"}");
}
