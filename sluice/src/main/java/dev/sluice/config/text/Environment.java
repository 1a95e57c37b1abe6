package dev.sluice.config.text;

/// What the text may ask about the machine that it is read on.
///
/// @param id what `@` lines compare with: the host name up to its first dot, or `--config-id`
/// @param instance the value of `${_INSTANCE}`
/// @param randomSeed where `${_RANDOM}` begins, unless the text has a `random_seed`
public record Environment(String id, String instance, long randomSeed) {}
