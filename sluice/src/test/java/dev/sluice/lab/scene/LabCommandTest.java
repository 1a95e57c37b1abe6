package dev.sluice.lab.scene;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

import java.util.List;

final class LabCommandTest {

    @Test
    void whatFollowsTheHostBelongsToTheProgram() {
        ParseResult exec =
                LabCommand.commandLine()
                        .parseArgs("exec", "client", "curl", "-s", "--ipv6", "--help")
                        .subcommand();
        assertThat(exec.matchedPositional(0).<String>getValue()).isEqualTo("client");
        assertThat(exec.matchedPositional(1).<List<String>>getValue())
                .containsExactly("curl", "-s", "--ipv6", "--help");
        assertThat(exec.isUsageHelpRequested()).isFalse();
    }

    @Test
    void persistenceMayGoWithoutSeconds() {
        ParseResult alone = LabCommand.commandLine().parseArgs("--persistent", "--udp");
        assertThat(alone.<Integer>matchedOptionValue("--persistent", null)).isZero();
        ParseResult given = LabCommand.commandLine().parseArgs("--persistent", "60");
        assertThat(given.<Integer>matchedOptionValue("--persistent", null)).isEqualTo(60);
    }

    @Test
    void everyCommandExplainsItself() {
        CommandLine lab = LabCommand.commandLine();
        assertThat(lab.getUsageMessage())
                .contains("--real-servers")
                .contains("dr")
                .contains("exec");
        for (CommandLine command : lab.getSubcommands().values()) {
            assertThat(command.getUsageMessage()).contains("--help");
        }
    }
}
