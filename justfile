# `just ci` is what CI runs; the steps and their commands are in .ci/run, which needs no just.

# Lists the recipes.
default:
    @just --list

# Everything that must hold before a change lands.
ci:
    .ci/run

# The sources are formatted.
fmt:
    .ci/run fmt

# No lint objects, in any target.
lint:
    .ci/run lint

# The tests pass: unit, integration, documentation.
test:
    .ci/run test

# The documentation builds without a warning.
doc:
    .ci/run doc

# Licences, duplicate versions, sources and advisories of the dependencies.
deny:
    .ci/run deny

# The integration tests whose path holds NAME, such as `just only rank::`.
only NAME:
    cargo test --locked --test it -- {{NAME}}

# Compares what two binaries write and print, byte for byte.
compare OLD NEW:
    tests/compare_binaries.sh {{OLD}} {{NEW}}

# One bench of benches/, such as `just bench rank`.
bench NAME:
    cargo bench --bench {{NAME}}

# Times two binaries in turn, kernel by kernel, on an edge list.
pair OLD NEW EDGES:
    python3 benches/paired.py {{OLD}} {{NEW}} --edges {{EDGES}}
