# Interrupted time series of monthly counts: quasi-Poisson with Newey-West standard errors.
# R 4 with sandwich 3: Rscript interrupted.R interrupted_counts.csv interrupted.csv
# Reads `series | month | count | exposure | time | step | bend | season`; writes a row a series and term.
library(sandwich)
files <- commandArgs(trailingOnly = TRUE)
counts <- read.csv(files[1])
found <- NULL
for (name in unique(counts$series)) {
  own <- counts[counts$series == name, ]
  own$turn <- 2 * pi * own$calendar / 12
  form <- count ~ step + bend + time + offset(log(exposure))
  if (own$season[1] == 1) form <- update(form, . ~ . + sin(turn) + cos(turn) + sin(2 * turn) + cos(2 * turn))
  fit <- glm(form, family = quasipoisson, data = own, control = glm.control(epsilon = 1e-14, maxit = 100))
  lags <- floor(4 * (nrow(own) / 100)^(2 / 9))
  robust <- NeweyWest(fit, lag = lags, prewhite = FALSE, adjust = TRUE)
  terms <- c("step", "bend", "time")
  error <- sqrt(diag(robust))[terms]
  df <- fit$df.residual
  half <- qt(0.975, df) * error
  beta <- coef(fit)[terms]
  found <- rbind(found, data.frame(
    series = name, term = c("step", "bend", "slope before"), estimate = exp(beta), lower = exp(beta - half),
    upper = exp(beta + half), p = 2 * pt(-abs(beta / error), df), dispersion = summary(fit)$dispersion, lags = lags
  ))
}
write.csv(format(found, digits = 15), files[2], row.names = FALSE, quote = FALSE)
