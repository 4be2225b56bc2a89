# Plain cargo is enough for everything: these are its commands under short names.
# All use the release profile, so that the program, its tests and its benches share one build.

# What must hold before every commit; CI runs the same three commands.
check: fmt-check clippy test

# Formats the sources.
fmt:
    cargo fmt

# Fails when the sources are not formatted.
fmt-check:
    cargo fmt --check

# Lints everything; a warning is an error.
clippy:
    cargo clippy --release --all-targets --locked -- -D warnings

# Runs all tests; arguments go to cargo: `just test --test resume`.
test *arguments:
    cargo test --release --locked {{ arguments }}

# Measures: the engine's step, evaluation and reading; a frame, an event and a journal of the dashboard.
bench *arguments:
    cargo bench --locked --bench engine --bench dashboard {{ arguments }}

# What the dashboard costs the training, and how soon a key acts: some minutes on a quiet machine.
dashboard-cost:
    cargo bench --locked --bench dashboard_cost

# Makes the README's pictures anew, from the program itself.
pictures:
    cargo bench --locked --bench pictures

# Licences, advisories and sources of all dependencies; needs cargo-deny.
deny:
    cargo deny check

# The first run: the reference model on the built-in synthetic set.
quickstart:
    cargo run --release --locked -- experiments/quickstart.ron
