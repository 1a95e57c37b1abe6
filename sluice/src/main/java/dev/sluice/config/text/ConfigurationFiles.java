package dev.sluice.config.text;

import java.util.List;

/// Where the text comes from. The disk's is outside of this package, which opens no files.
public interface ConfigurationFiles {

    /// What is found under a path.
    sealed interface Content {}

    /// A file that can be read.
    record Found(String text) implements Content {}

    record Missing() implements Content {}

    /// Something is there.
    ///
    /// @param why it cannot be read, for people
    record Unreadable(String why) implements Content {}

    /// A folder, a device, or a file that can be executed: not configuration, whatever the pattern
    /// says that it matched.
    record NotConfiguration(String why) implements Content {}

    Content read(String path);

    /// The names in a folder, in any order; none when it is not there.
    List<String> names(String folder);
}
