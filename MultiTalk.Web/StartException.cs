namespace MultiTalk.Web;

/// <summary>The Web cannot start, for a reason that its user can remove; the message says how.</summary>
public sealed class StartException(string message, Exception? innerException = null) : Exception(message, innerException);
