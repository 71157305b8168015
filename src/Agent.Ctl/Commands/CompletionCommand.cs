using System.CommandLine;

namespace Agent.Ctl.Commands;

/// <summary><c>completion bash</c>: a script that asks agentctl itself what could follow.</summary>
internal static class CompletionCommand
{
    private const string Bash =
        """
        # bash completion for agentctl: source <(agentctl completion bash)
        _agentctl() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(agentctl "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _agentctl agentctl
        """;

    private static readonly Argument<string> Shell = new("shell") { Description = "The shell: bash." };

    internal static Command Build(Surroundings surroundings)
    {
        var command = new Command("completion",
            "Prints a script that completes agentctl's commands: source <(agentctl completion bash)") { Shell };
        command.SetAction(parsed =>
        {
            var shell = parsed.GetValue(Shell);
            if (shell != "bash")
                throw new CommandFailedException($"there is no completion for the shell '{shell}'; supported: bash");
            surroundings.Output.WriteLine(Bash);
            return 0;
        });
        return command;
    }
}
