package dev.sluice.net.linux;

/// The processor we run on, where the kernel's numbers depend on it.
enum Machine {
    X86_64,
    AARCH64;

    private static final Machine CURRENT =
            switch (System.getProperty("os.arch")) {
                case "amd64", "x86_64" -> X86_64;
                case "aarch64" -> AARCH64;
                case String other ->
                        throw new UnsupportedOperationException(
                                "Sluice knows the system calls of x86_64 and aarch64, not of "
                                        + other);
            };

    static int either(int onX86, int onAarch64) {
        return CURRENT == X86_64 ? onX86 : onAarch64;
    }
}
