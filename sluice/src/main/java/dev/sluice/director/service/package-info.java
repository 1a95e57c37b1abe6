/// Virtual services and real servers as immutable snapshots, and their live counters. Start at
/// [Configuration].
@NullMarked
package dev.sluice.director.service;

import org.jspecify.annotations.NullMarked;
