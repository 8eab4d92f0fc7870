# Reference values for tests of pooling and models. Run in this folder: Rscript pooling.R
# R 4.2.2 with metafor (rma, rma.mh, rma.glmm), sandwich and clubSandwich.
# Counts: pooling_counts.csv, made here, not of any force: 12 forces, three groups, one large force, zeros in "C".
suppressMessages({library(metafor); library(sandwich); library(clubSandwich)})
options(digits = 15)
write_reference <- function(table, name) {
  numbers <- sapply(table, is.numeric)
  table[numbers] <- lapply(table[numbers], function(x) sprintf("%.15g", x))
  write.csv(table, name, row.names = FALSE, quote = FALSE)
}
force <- sprintf("f%02d", 1:12)
counts <- rbind(
  data.frame(force, group = "A", searches = c(52000, 9100, 4300, 2100, 1800, 950, 700, 640, 410, 300, 120, 60),
             exposure = c(4100000, 1500000, 900000, 800000, 610000, 540000, 480000, 350000, 330000, 290000, 150000, 90000)),
  data.frame(force, group = "B", searches = c(31000, 1900, 450, 150, 88, 61, 25, 47, 12, 19, 7, 5),
             exposure = c(1100000, 120000, 31000, 19000, 9000, 4100, 2600, 5200, 2100, 900, 800, 210)),
  data.frame(force, group = "C", searches = c(41, 30, 3, 0, 25, 1, 0, 2, 0, 6, 0, 0),
             exposure = c(4000, 1500, 700, 300, 410, 200, 90, 120, 60, 80, 20, 11))
)
write_reference(counts, "pooling_counts.csv")
wide <- function(g) {
  a <- counts[counts$group == "A", ]; b <- counts[counts$group == g, ]
  data.frame(force = a$force, n = b$searches, e = b$exposure, m = a$searches, f = a$exposure)
}
rows <- list()
add <- function(what, value) rows[[length(rows) + 1]] <<- data.frame(what = what, value = as.numeric(value))

for (g in c("B", "C")) {  # 1. Mantel-Haenszel with Greenland and Robins' variance
  m <- suppressWarnings(rma.mh(x1i = n, t1i = e, x2i = m, t2i = f, measure = "IRR", data = wide(g)))
  add(paste0("mh_log_", g), m$beta); add(paste0("mh_se_", g), m$se)
}
b <- wide("B"); y <- log((b$n / b$e) / (b$m / b$f)); v <- 1 / b$n + 1 / b$m
for (test in c("z", "t", "adhoc")) {  # 2. Random effects
  m <- rma(y, v, method = "REML", test = test, control = list(threshold = 1e-14, maxiter = 1000))
  add(paste0("reml_lower_", test), m$ci.lb); add(paste0("reml_upper_", test), m$ci.ub)
}
add("reml_mean", m$beta); add("reml_tau2", m$tau2); add("q", m$QE); add("q_p", m$QEp)
d <- rma(y, v, method = "DL"); add("dl_mean", d$beta); add("dl_tau2", d$tau2); add("dl_i2", d$I2 / 100)
limits <- confint(m, control = list(tol = 1e-12))$random
add("tau2_lower", limits[1, 2]); add("tau2_upper", limits[1, 3])
homogeneous <- rma(c(0.11, 0.1, 0.09, 0.1), c(0.04, 0.05, 0.02, 0.09), method = "REML", test = "adhoc")
add("homogeneous_lower", homogeneous$ci.lb); add("homogeneous_tau2", homogeneous$tau2)

# 3. The conditional model of the counts (metafor's CM.EL, whose fit by lme4 does not converge here): by integrate().
w <- wide("C"); w <- w[w$n + w$m > 0, ]
minus <- function(x) {
  tau <- exp(x[2])
  -sum(mapply(function(n, total, offset) {
    inner <- function(z) exp(dbinom(n, total, plogis(offset + x[1] + tau * z), log = TRUE) + dnorm(z, log = TRUE))
    log(integrate(inner, -9, 0, rel.tol = 1e-12, subdivisions = 2000L)$value + integrate(inner, 0, 9, rel.tol = 1e-12, subdivisions = 2000L)$value)
  }, w$n, w$n + w$m, log(w$e / w$f)))
}
best <- optim(c(1, 0), minus, control = list(reltol = 1e-15, maxit = 2000))
best <- optim(best$par, minus, control = list(reltol = 1e-15, maxit = 2000))
add("conditional_mean_C", best$par[1]); add("conditional_tau2_C", exp(2 * best$par[2]))
add("conditional_se_C", sqrt(solve(optimHess(best$par, minus, control = list(ndeps = c(1e-4, 1e-4))))[1, 1]))
add("conditional_log_likelihood_C", -best$value)

# 4. Fixed-effect Poisson regression: three groups together; HC1 clustered by force as sandwich has it.
counts$force <- factor(counts$force); counts$group <- factor(counts$group)
fit <- glm(searches ~ group + force + offset(log(exposure)), poisson, counts, epsilon = 1e-15, maxit = 100)
hc1 <- vcovCL(fit, cluster = ~force, type = "HC1")
mu <- fitted(fit); dispersion <- sum((counts$searches - mu)^2 / mu) / df.residual(fit)
add("fe_deviance", deviance(fit)); add("fe_dispersion", dispersion)
# CR2: the fit in the space where its working variance is the identity, the strata taken out (Pustejovsky and Tipton).
root <- sqrt(mu)
centred <- function(x) x - ave(x * mu, counts$force, FUN = sum) / ave(mu, counts$force, FUN = sum)
x <- sapply(c("B", "C"), function(g) root * centred(as.numeric(counts$group == g)))
working <- data.frame(y = as.numeric((counts$searches - mu) / root + x %*% coef(fit)[c("groupB", "groupC")]), x)
ols <- lm(y ~ B + C - 1, working)
cr2 <- vcovCR(ols, cluster = counts$force, type = "CR2")
for (g in c("B", "C")) {
  name <- paste0("group", g)
  add(paste0("fe_log_", g), coef(fit)[[name]]); add(paste0("fe_se_", g), sqrt(vcov(fit)[name, name]))
  add(paste0("fe_hc1_", g), sqrt(hc1[name, name])); add(paste0("fe_cr2_", g), sqrt(cr2[g, g]))
  add(paste0("fe_df_", g), coef_test(ols, cr2, test = "Satterthwaite", coefs = g)$df_Satt)
}
add("bh_1", p.adjust(c(0.001, 0.012, 0.04, 0.2, 0.9), "BH")[2])
write_reference(do.call(rbind, rows), "pooling.csv")
