package dev.sluice.director.service;

import java.util.Arrays;

/// What every [Setting] is set to. Immutable; part of a [Configuration], so it changes while
/// traffic flows.
public final class Policy {

    /// Of `sync_threshold`, the one setting with two numbers.
    private static final int DEFAULT_PERIOD = 50;

    public static final Policy DEFAULT = new Policy(defaults(), DEFAULT_PERIOD, 0);

    /// Of a measure of defence: taken while memory is short, and it is not, or is.
    private static final int WAITING = 1;

    private static final int TAKEN = 2;

    private final int[] values;
    private final int syncPeriod;
    private final int automaticDropRate;

    private Policy(int[] values, int syncPeriod, int automaticDropRate) {
        this.values = values;
        this.syncPeriod = syncPeriod;
        this.automaticDropRate = automaticDropRate;
    }

    public int get(Setting setting) {
        return values[setting.ordinal()];
    }

    /// Whether a flag is set.
    public boolean isOn(Setting setting) {
        return get(setting) != 0;
    }

    /// Whether a measure of defence is taken: always (3), or by itself and just now (2).
    public boolean isInForce(Setting measure) {
        return get(measure) >= TAKEN;
    }

    /// Of how many new connections one is dropped, 0: none is (`drop_packet`).
    public int dropRate() {
        return switch (get(Setting.DROP_PACKET)) {
            case TAKEN -> automaticDropRate;
            case TAKEN + 1 -> get(Setting.AM_DROPRATE);
            default -> 0;
        };
    }

    /// Whether what is done depends on how much memory is free.
    public boolean isAutomatic() {
        for (Setting measure : Setting.MEASURES) {
            if (get(measure) == WAITING || get(measure) == TAKEN) {
                return true;
            }
        }
        return false;
    }

    /// With measures taken by themselves, or ended, as it suits so much free memory (ipvs.md §8.3).
    ///
    /// @param pages of 4 KiB
    public Policy withFreeMemory(long pages) {
        int threshold = get(Setting.AMEMTHRESH);
        boolean isShort = pages < threshold;
        int rate = isShort ? (int) (threshold / (threshold - pages)) : 0;
        int[] changed = values.clone();
        for (Setting measure : Setting.MEASURES) {
            if (get(measure) == WAITING || get(measure) == TAKEN) {
                changed[measure.ordinal()] = isShort ? TAKEN : WAITING;
            }
        }
        return rate == automaticDropRate && Arrays.equals(values, changed)
                ? this
                : new Policy(changed, syncPeriod, rate);
    }

    /// The value as sysctl prints it.
    public String text(Setting setting) {
        String value = String.valueOf(get(setting));
        return setting.range == Setting.Range.THRESHOLD_AND_PERIOD
                ? value + "\t" + syncPeriod
                : value;
    }

    /// With another value.
    ///
    /// @throws IllegalArgumentException when the setting does not take it; its message is for the
    ///   operator
    public Policy with(Setting setting, String text) {
        String[] words = text.strip().split("\\s+", -1);
        boolean pair = setting.range == Setting.Range.THRESHOLD_AND_PERIOD;
        if (words.length > (pair ? 2 : 1)) {
            throw refusal(setting, text);
        }
        int value = number(setting, words[0], text);
        int second = words.length == 2 ? number(setting, words[1], text) : syncPeriod;
        return with(setting, value, second, text);
    }

    /// With another value, as above.
    public Policy with(Setting setting, int value) {
        return with(setting, value, syncPeriod, String.valueOf(value));
    }

    private Policy with(Setting setting, int value, int second, String text) {
        if (!setting.range.accepts(value, second)) {
            throw refusal(setting, text);
        }
        boolean unchanged = value == get(setting) && second == syncPeriod;
        if (!unchanged && setting.effect == Setting.Effect.NOT_YET) {
            throw new IllegalArgumentException(
                    "%s stays %s: Sluice does not act upon %s yet"
                            .formatted(setting.fullName(), text(setting), text.strip()));
        }
        int[] changed = values.clone();
        changed[setting.ordinal()] = value;
        return new Policy(changed, second, automaticDropRate);
    }

    private static int number(Setting setting, String word, String text) {
        try {
            return Integer.decode(word);
        } catch (NumberFormatException _) {
            throw refusal(setting, text);
        }
    }

    private static IllegalArgumentException refusal(Setting setting, String text) {
        return new IllegalArgumentException(
                "%s takes %s, not `%s'"
                        .formatted(setting.fullName(), setting.range.words, text.strip()));
    }

    private static int[] defaults() {
        return Arrays.stream(Setting.values()).mapToInt(it -> it.defaultValue).toArray();
    }
}
