package dev.sluice.cli;

/// The commands, with their names in messages.
enum Command {
    ADD_SERVICE("add-service"),
    EDIT_SERVICE("edit-service"),
    DELETE_SERVICE("delete-service"),
    CLEAR("flush"),
    LIST("list"),
    ADD_SERVER("add-server"),
    DELETE_SERVER("delete-server"),
    EDIT_SERVER("edit-server"),
    SET("set"),
    START_DAEMON("start-daemon"),
    STOP_DAEMON("stop-daemon"),
    RESTORE("restore"),
    SAVE("save"),
    ZERO("zero"),
    HELP("help"),
    VERSION("version");

    private final String label;

    Command(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}
