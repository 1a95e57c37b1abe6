package dev.sluice;

import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// What is said about a command line that makes no sense: one line, which is the last, with where
/// the help is.
final class OptionErrors implements IParameterExceptionHandler {

    @Override
    public int handleParseException(ParameterException mistake, String[] words) {
        CommandLine command = mistake.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        PrintWriter err = command.getErr();
        err.printf("%s: %s; try: %s --help%n", name, text(mistake), name);
        err.flush();
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    private static String text(ParameterException mistake) {
        return switch (mistake) {
            case UnmatchedArgumentException unknown -> unknown(unknown);
            case MissingParameterException missing -> missing(missing);
            case OverwrittenOptionException twice when twice.getOverwritten() != null ->
                    names(twice.getOverwritten()) + " is given twice";
            default -> value(mistake);
        };
    }

    private static String unknown(UnmatchedArgumentException mistake) {
        List<String> words = mistake.getUnmatched();
        String first = words.isEmpty() ? "" : words.getFirst();
        String kind = first.startsWith("-") ? "there is no option " : "what is '";
        String end = first.startsWith("-") ? "" : "' meant to be?";
        List<String> close = mistake.getSuggestions();
        String hint = close.isEmpty() ? "" : "; did you mean " + String.join(" or ", close) + "?";
        return kind + first + end + hint;
    }

    private static String missing(MissingParameterException mistake) {
        List<String> names = mistake.getMissing().stream().map(OptionErrors::names).toList();
        if (names.isEmpty() && mistake.getArgSpec() != null) {
            names = List.of(names(mistake.getArgSpec()));
        }
        return names.isEmpty()
                ? oneLine(String.valueOf(mistake.getMessage()))
                : "missing: " + String.join(" ", names);
    }

    private static String value(ParameterException mistake) {
        if (mistake.getArgSpec() == null || mistake.getValue() == null) {
            return oneLine(String.valueOf(mistake.getMessage()));
        }
        Class<?> type = mistake.getArgSpec().type();
        String wanted = "";
        if (type.isEnum()) {
            wanted = ", only: " + String.join(", ", constants(type));
        } else if (type == int.class || type == Integer.class) {
            wanted = ", which is no number";
        }
        return names(mistake.getArgSpec()) + " cannot be '" + mistake.getValue() + "'" + wanted;
    }

    private static List<String> constants(Class<?> type) {
        return Arrays.stream(type.getEnumConstants())
                .map(constant -> constant.toString().toLowerCase(Locale.ROOT))
                .toList();
    }

    /// As the help writes it: the longest name and what follows it.
    private static String names(CommandLine.Model.ArgSpec argument) {
        return argument instanceof CommandLine.Model.OptionSpec option
                ? option.longestName()
                        + (option.arity().max() == 0 ? "" : " " + option.paramLabel())
                : argument.paramLabel();
    }

    private static String oneLine(String message) {
        return message.strip().replaceAll("\\s*\\n\\s*", "; ");
    }
}
