package dev.sluice.lab.bench;

import java.util.Map;

/// What one run of a trial gave.
///
/// @param figures the trial's figures
/// @param cpu spent by the whole machine for each unit of work, in the trial's unit of it
/// @param remark what a reader should know about this run, or empty
record Outcome(Map<Figure, Double> figures, CpuTime cpu, String remark) {}
