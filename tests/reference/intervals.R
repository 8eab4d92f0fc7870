# Reference limits for tests/test_intervals.py. Run in this folder: Rscript intervals.R
# R 4.2.2, sandwich 3.0-2 (Debian r-base-core, r-cran-sandwich). Base R alone for all but clustered_*.csv.
options(digits = 15)
level <- 0.95

write_reference <- function(table, name) {
  write.csv(format(table, digits = 15, trim = TRUE, scientific = FALSE), name, row.names = FALSE, quote = FALSE)
}

# 1. Conditional rate ratios: stats::poisson.test, and mid-P by root finding on its binomial distribution.
pairs <- data.frame(
  searches = c(0, 0, 1, 1, 3, 4, 15, 11, 41, 22, 5, 0, 500, 999999, 1, 250000),
  exposure = c(1, 400, 1, 29, 54.5, 324.4, 19017, 800, 28010, 3, 10, 2.5, 10000, 1200000, 1000000, 333333),
  reference_searches = c(1, 18, 0, 72, 196, 84, 41, 21, 15, 22, 0, 1, 4000, 1000000, 1000000, 7),
  reference_exposure = c(1, 13000, 1, 420, 1000, 1000, 28010, 3011, 19017, 3, 20, 2.5, 300000, 4000000, 3000000, 99)
)

mid_p_root <- function(n, total, tail) {
  # tail(p) rises in the log odds; the limit is where it reaches (1 - level) / 2
  uniroot(function(x) tail(plogis(x)) - (1 - level) / 2, c(-40, 40), tol = 1e-12)$root
}

mid_p <- function(n, exposure, n_ref, exposure_ref) {
  total <- n + n_ref
  above <- function(p) pbinom(n, total, p, lower.tail = FALSE) + dbinom(n, total, p) / 2
  below <- function(p) pbinom(n_ref, total, p, lower.tail = FALSE) + dbinom(n_ref, total, p) / 2
  lower <- if (n == 0) 0 else exp(mid_p_root(n, total, above))
  upper <- if (n_ref == 0) Inf else exp(-mid_p_root(n_ref, total, below))
  c(lower, upper) * exposure_ref / exposure
}

ratio <- t(mapply(function(n, e, n_ref, e_ref) {
  c(poisson.test(c(n, n_ref), c(e, e_ref), conf.level = level)$conf.int, mid_p(n, e, n_ref, e_ref))
}, pairs$searches, pairs$exposure, pairs$reference_searches, pairs$reference_exposure))
colnames(ratio) <- c("exact_lower", "exact_upper", "mid_p_lower", "mid_p_upper")
write_reference(cbind(pairs, ratio), "rate_ratio.csv")

# 2. One Poisson count: stats::poisson.test.
count <- c(0, 1, 2, 3, 10, 30, 232, 14358, 1000000)
limits <- t(sapply(count, function(k) poisson.test(k, conf.level = level)$conf.int))
write_reference(data.frame(count = count, lower = limits[, 1], upper = limits[, 2]), "poisson_exact.csv")

# 3. One proportion, Wilson: stats::prop.test without continuity correction.
proportion <- data.frame(successes = c(0, 1, 5, 10, 22, 795, 759, 4971, 999999), trials = c(10, 10, 10, 10, 58, 2226, 2138, 20000, 1000000))
limits <- t(mapply(function(k, n) prop.test(k, n, conf.level = level, correct = FALSE)$conf.int, proportion$successes, proportion$trials))
write_reference(cbind(proportion, lower = limits[, 1], upper = limits[, 2]), "wilson.csv")

# 4. Rate ratio clustered by month: glm and sandwich::vcovCL (HC1: the factor G/(G-1) x (N-1)/(N-K)), t on G - 1.
monthly <- data.frame(
  month = rep(1:14, 2),
  group = rep(c("Black", "White"), each = 14),
  searches = c(
    44, 61, 38, 70, 95, 31, 28, 57, 49, 0, 66, 71, 35, 52,
    210, 260, 190, 240, 330, 170, 180, 250, 230, 9, 270, 300, 205, 233
  ),
  exposure = c(rep(310.5, 6), rep(402.25, 8), rep(9100, 6), rep(9700.75, 8))
)
monthly$group <- relevel(factor(monthly$group), "White")
fit <- glm(searches ~ group + offset(log(exposure)), poisson, monthly, epsilon = 1e-14)
error <- sqrt(sandwich::vcovCL(fit, cluster = ~month, type = "HC1")["groupBlack", "groupBlack"])
half <- qt(0.5 + level / 2, 13) * error
write_reference(monthly, "clustered_counts.csv")
write_reference(
  data.frame(estimate = exp(coef(fit)[[2]]), lower = exp(coef(fit)[[2]] - half), upper = exp(coef(fit)[[2]] + half), df = 13),
  "clustered_ratio.csv"
)

# 5. The same months, quasi-Poisson: month effects and a constant ratio of the exposures, t on months less one.
even <- monthly
even$exposure <- ifelse(even$group == "Black", 310.5, 9100) * rep(c(rep(1, 6), rep(1.25, 8)), 2)
fit <- glm(searches ~ group + factor(month) + offset(log(exposure)), quasipoisson, even, epsilon = 1e-14)
error <- sqrt(vcov(fit)["groupBlack", "groupBlack"])
half <- qt(0.5 + level / 2, 13) * error
# One rate: quasi-Poisson and clustered.
black <- monthly[monthly$group == "Black", ]
one <- glm(searches ~ 1 + offset(log(exposure)), quasipoisson, black, epsilon = 1e-14)
errors <- sqrt(c(vcov(one), sandwich::vcovCL(glm(searches ~ 1 + offset(log(exposure)), poisson, black, epsilon = 1e-14), cluster = ~month, type = "HC1")))
centre <- c(coef(fit)[["groupBlack"]], rep(coef(one)[[1]], 2))
halves <- c(half, qt(0.5 + level / 2, 13) * errors)
write_reference(even, "quasi_counts.csv")
write_reference(
  data.frame(what = c("ratio quasi", "rate quasi", "rate clustered"), lower = exp(centre - halves), upper = exp(centre + halves)),
  "varying.csv"
)

# 6. Direct standardisation with gamma limits: epitools::ageadjust.direct.
strata <- data.frame(count = c(0, 3, 45, 12, 7), exposure = c(120, 900.5, 2400, 1500, 800), standard = c(10, 20, 35, 25, 10))
direct <- epitools::ageadjust.direct(strata$count, strata$exposure, stdpop = strata$standard)
write_reference(strata, "standardised_strata.csv")
write_reference(data.frame(rate = direct[["adj.rate"]], lower = direct[["lci"]], upper = direct[["uci"]]), "standardised_rate.csv")
