namespace MultiTalk.StandIn;

/// <summary>In which portions a recording is written.</summary>
public enum Framing
{
    /// <summary>As the real script's output was read.</summary>
    AsRecorded,

    /// <summary>Every byte alone.</summary>
    ByteByByte,

    /// <summary>All of stderr at once, then all of stdout, so that their order among each other is lost.</summary>
    OneBlock,
}
