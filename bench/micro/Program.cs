using System.Globalization;
using Nova.Micro;
using Nova.Products;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

var options = args.Chunk(2).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
var only = options.GetValueOrDefault("--only", "").Split(',', StringSplitOptions.RemoveEmptyEntries);
if (!options.TryGetValue("--products", out var productsPath) || options.Keys.Any(key => key is not ("--products" or "--only" or "--postgres" or "--sink")))
{
    Console.Error.WriteLine("nova-micro --products FOLDER [--only requests,schemas,guard,sqlite,postgres,engine] [--postgres CONNECTION-STRING] [--sink URL]");
    return 2;
}

var products = ProductLoader.Load(productsPath);
var table = new Table();
if (Wanted("requests")) RequestCosts.Measure(products, table);
if (Wanted("schemas")) SchemaCosts.Measure(products, table);
if (Wanted("guard")) GuardCosts.Measure(table);
if (Wanted("sqlite")) await StoreCosts.MeasureSqliteAsync(table);
if (Wanted("engine") && options.TryGetValue("--sink", out var sink)) await EngineCosts.MeasureSqliteAsync(sink, productsPath, table);
table.Write(Console.Out);
return 0;

bool Wanted(string part) => only.Length == 0 || only.Contains(part);
