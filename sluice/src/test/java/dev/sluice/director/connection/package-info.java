/// Tests of the connection table: structures against simple models, by seeded random operations.
@NullMarked
package dev.sluice.director.connection;

import org.jspecify.annotations.NullMarked;
