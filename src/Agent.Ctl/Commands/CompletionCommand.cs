using System.CommandLine;

namespace Agent.Ctl.Commands;

/// <summary><c>completion</c>: a script that asks agentctl itself what could follow.</summary>
internal static class CompletionCommand
{
    private const string Bash =
        """
        # bash completion for agentctl: source <(agentctl completion bash)
        _agentctl() {
            local IFS=$'\n' word="${COMP_WORDS[COMP_CWORD]}" found
            found=$(agentctl "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)
            [[ $word == -* ]] || found=$(grep -v '^-' <<<"$found")
            COMPREPLY=($(compgen -W "$found" -- "$word"))
        }
        complete -o default -F _agentctl agentctl
        """;

    private const string Zsh =
        """
        #compdef agentctl
        # zsh completion for agentctl: source <(agentctl completion zsh)
        _agentctl() {
            local line="${(j: :)words}" found
            found=(${(f)"$(agentctl "[suggest:${#${(j: :)words[1,CURRENT]}}]" "$line" 2>/dev/null)"})
            [[ ${words[CURRENT]} == -* ]] || found=(${found:#-*})
            compadd -- $found
        }
        compdef _agentctl agentctl
        """;

    internal static Command Build(Surroundings surroundings)
    {
        var shellName = new Argument<string>("shell") { Description = "The shell: bash or zsh." };
        shellName.CompletionSources.Add("bash", "zsh");
        var command = new Command(
            "completion",
            """
            Prints a script that completes agentctl's verbs and flags, and the names of peers, actors, nodes and regions.

            Examples:
              source <(agentctl completion bash)
              source <(agentctl completion zsh)
            """)
        { shellName };
        command.SetAction(parsed =>
        {
            var shell = parsed.GetValue(shellName);
            surroundings.Output.WriteLine(shell switch
            {
                "bash" => Bash,
                "zsh" => Zsh,
                _ => throw new CommandFailedException(
                    $"there is no completion for the shell '{shell}'; supported: bash, zsh"),
            });
            return 0;
        });
        return command;
    }
}
