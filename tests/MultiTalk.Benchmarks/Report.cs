using Spectre.Console;

namespace MultiTalk.Benchmarks;

/// <summary>Prints what came out as one table.</summary>
internal static class Report
{
    private const int Width = 170;

    /// <summary>Prints it.</summary>
    /// <param name="rows">In order.</param>
    /// <param name="machine">Where and with what it was measured.</param>
    /// <param name="markdown">As a table for a document, not for a screen.</param>
    public static void Print(IReadOnlyList<Row> rows, string machine, bool markdown)
    {
        var table = new Table { Border = markdown ? TableBorder.Markdown : TableBorder.Rounded };
        table.AddColumns(new TableColumn("what"), Right("value"), Right("yardstick"), Right("ratio"), Right("aim"), new TableColumn(""));
        foreach (var row in rows)
        {
            if (row.Begins && !markdown && table.Rows.Count > 0)
                table.AddEmptyRow();
            table.AddRow(row.What.EscapeMarkup(), row.Value, row.Yardstick, row.Ratio is { } ratio ? Row.Text($"{ratio:0.00} ×") : "", row.Aim, row.Used switch
            {
                null => "",
                <= 1 => "[green]pass[/]",
                _ => "[red]FAIL[/]",
            });
        }

        // A pipe has no width; lines of a table must not be broken there.
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, Width);
        AnsiConsole.Write(table);
        AnsiConsole.MarkupLineInterpolated($"{machine}");
    }

    private static TableColumn Right(string header) => new TableColumn(header).RightAligned();
}
