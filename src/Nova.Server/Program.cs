System.Console.WriteLine("Nova");
