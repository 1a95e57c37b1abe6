package dev.sluice.daemon;

import java.lang.reflect.Proxy;

/// What happens on a signal, such as `HUP`. On a thread of its own.
///
/// `sun.misc.Signal` is the only way there is in Java, and javac warns of every use of it in a way
/// that cannot be switched off: hence by reflection, here alone.
final class Signals {

    private Signals() {}

    /// @param name without SIG
    @SuppressWarnings("ReferenceEquality") // a listener equals itself only
    static void on(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object listener =
                    Proxy.newProxyInstance(
                            Signals.class.getClassLoader(),
                            new Class<?>[] {handler},
                            (self, method, arguments) ->
                                    switch (method.getName()) {
                                        case "equals" -> self == arguments[0];
                                        case "hashCode" -> System.identityHashCode(self);
                                        case "toString" -> "on SIG" + name;
                                        default -> {
                                            action.run();
                                            yield null;
                                        }
                                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), listener);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no handler for SIG" + name, e);
        }
    }
}
