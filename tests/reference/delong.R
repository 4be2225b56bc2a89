# Two scores of the same volumes under DeLong's test for paired ROC curves, by pROC (Robin et al., BMC Bioinformatics 12,
# 2011), as the independent implementation that `metrics::AucGain` is held to.
#
#     apt-get install r-cran-proc && Rscript tests/reference/delong.R      # from the root; pROC 1.18.0
#
# Writes tests/fixtures/delong.json: for each case the scores, which volumes have the class, both areas, the second's less
# the first's with its 95 % interval, and the p of there being no difference.

suppressMessages(library(pROC))

# Numbers in 0..1 that need no generator: the fractions of multiples of irrational numbers.
spread <- function(n, step) (seq_len(n) * step) %% 1

case <- function(name, positive, first, second) {
    one <- roc(positive, first, levels = c(0, 1), direction = "<")
    two <- roc(positive, second, levels = c(0, 1), direction = "<")
    test <- roc.test(two, one, method = "delong", paired = TRUE)
    list <- function(values) paste0("[", paste(sprintf("%.6g", values), collapse = ", "), "]")
    interval <- if (is.null(test$conf.int)) c(NA, NA) else test$conf.int
    sprintf(
        '{"name": "%s", "positive": %s, "first": %s, "second": %s, "auc": [%.17g, %.17g], "interval": [%.17g, %.17g], "p": %.17g}',
        name, list(positive), list(first), list(second), auc(one), auc(two), interval[1], interval[2], test$p.value
    )
}

rounded <- function(score) round(pmin(pmax(score, 0), 1), 3)
made <- function(n, share, strength, other) {
    positive <- as.integer(spread(n, sqrt(2)) < share)
    first <- rounded(0.3 * positive * strength + spread(n, sqrt(3)))
    second <- rounded(0.3 * positive * other + 0.5 * spread(n, sqrt(3)) + 0.5 * spread(n, sqrt(5)))
    case(sprintf("%d volumes, %g", n, share), positive, first, second)
}

cases <- c(
    made(298, 0.23, 1, 1.4),
    made(60, 0.5, 1, 1),
    made(40, 0.1, 0.5, -0.5),
    case("ties", rep(c(0, 1, 1), 9), rep(c(0.2, 0.4, 0.4, 0.4, 0.8, 0.2), length.out = 27), round(spread(27, sqrt(7)), 1))
)
writeLines(paste0("[\n", paste(cases, collapse = ",\n"), "\n]"), "tests/fixtures/delong.json")
