using MudBlazor;

namespace MultiTalk.Web.Components;

/// <summary>
/// How the studio looks. Both themes are always in the page, each under its own selector, and <c>page.js</c> chooses by an
/// attribute of the root element: it follows the system without asking the server, and pages without a circuit have it too.
/// </summary>
internal static class StudioTheme
{
    private static readonly Typography _typography = new()
    {
        // The system's own font: nothing to load, nothing to jump.
        Default = new DefaultTypography
        {
            FontFamily = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Ubuntu", "Cantarell", "Noto Sans", "Helvetica Neue", "Arial", "sans-serif"],
            LetterSpacing = "normal",
        },
        Button = new ButtonTypography { FontWeight = "600", TextTransform = "none", LetterSpacing = "normal" },
    };

    private static readonly LayoutProperties _layout = new() { DefaultBorderRadius = "10px", AppbarHeight = "60px" };

    /// <summary>Warm paper and deep teal.</summary>
    public static MudTheme Light { get; } = new()
    {
        PseudoCss = new PseudoCss { Scope = ":root" },
        Typography = _typography,
        LayoutProperties = _layout,
        PaletteLight = new PaletteLight
        {
            Primary = "#0b6b6b",
            PrimaryContrastText = "#ffffff",
            Secondary = "#7a4b00",
            Success = "#1c6b3a",
            Warning = "#8a5300",
            Error = "#b3261e",
            Info = "#1f5fa8",
            Background = "#f6f4ef",
            Surface = "#ffffff",
            AppbarBackground = "#ffffff",
            AppbarText = "#1b2324",
            TextPrimary = "#1b2324",
            TextSecondary = "#566163",
            TextDisabled = "#6d7778",
            ActionDefault = "#566163",
            ActionDisabled = "#6d7778",
            ActionDisabledBackground = "#e6e4dd",
            LinesDefault = "#e0ddd4",
            LinesInputs = "#858f90",
            Divider = "#e0ddd4",
        },
    };

    /// <summary>The same at night.</summary>
    public static MudTheme Dark { get; } = new()
    {
        PseudoCss = new PseudoCss { Scope = ":root[data-theme=dark]" },
        Typography = _typography,
        LayoutProperties = _layout,
        PaletteDark = new PaletteDark
        {
            Primary = "#5fd3c6",
            PrimaryContrastText = "#06211f",
            Secondary = "#ffc766",
            Success = "#79d69a",
            Warning = "#ffc766",
            Error = "#ff9d94",
            ErrorContrastText = "#3b0805",
            Info = "#8fc1ff",
            Background = "#0f1516",
            Surface = "#182021",
            AppbarBackground = "#141b1c",
            AppbarText = "#e8eeec",
            TextPrimary = "#e8eeec",
            TextSecondary = "#a6b3b2",
            TextDisabled = "#8a9796",
            ActionDefault = "#a6b3b2",
            ActionDisabled = "#8a9796",
            ActionDisabledBackground = "#263031",
            LinesDefault = "#2d393a",
            LinesInputs = "#748283",
            Divider = "#2d393a",
        },
    };
}
