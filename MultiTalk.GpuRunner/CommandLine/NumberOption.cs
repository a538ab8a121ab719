using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace MultiTalk.GpuRunner.CommandLine;

/// <summary>Makes options that take a whole number, and say so in words where they get something else.</summary>
internal static class NumberOption
{
    /// <summary>Makes one; its value is null where it is not given.</summary>
    /// <param name="name">With its dashes.</param>
    /// <param name="description">What it is and which numbers it takes: also told after a wrong one.</param>
    public static Option<T?> Create<T>(string name, string description)
        where T : struct, INumberBase<T> => new(name)
        {
            Description = description,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
                    return number;
                result.AddError($"{name}: \"{text}\" is no number that it takes. {description}");
                return null;
            },
        };
}
