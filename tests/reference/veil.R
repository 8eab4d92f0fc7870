# Reference values for the test of the veil of darkness. Run in this folder: Rscript veil.R
# R 4.2.2 with carData (MplsStops), maptools (crepuscule, sunriset: the sun by NOAA's formulas), splines and sandwich.
# Stops: MplsStops of carData 3.0-5 (GPL, version 2 or later), made from the open data of Minneapolis, 2017: traffic
# stops of drivers recorded as Black or White. What the test needs of them is written to veil_stops.csv, a row for every
# day, minute of the day by the clock of Minneapolis, and precinct, with the counts of both groups.
suppressMessages({library(carData); library(maptools); library(splines); library(sandwich)})
options(digits = 15)
place <- matrix(c(-93.2650, 44.9778), nrow = 1)
zone <- "America/Chicago"

stops <- subset(MplsStops, problem == "traffic" & race %in% c("Black", "White") & !is.na(policePrecinct))
local <- as.POSIXlt(stops$date, tz = zone)
stops$day <- as.Date(format(local, "%Y-%m-%d"))
stops$minute <- local$hour * 60 + local$min + 0.5  # the middle of the minute
stops$black <- as.integer(stops$race == "Black")
stops <- subset(stops, minute >= 960 & minute <= 1320)  # no dusk of Minneapolis lies outside 16:00 to 22:00
counts <- aggregate(cbind(black, white = 1 - black) ~ day + minute + policePrecinct, data = stops, FUN = sum)
counts <- counts[order(counts$day, counts$minute, counts$policePrecinct), ]
names(counts)[3] <- "precinct"
note <- c("# MplsStops of the R package carData 3.0-5 (GPL, version 2 or later); open data of Minneapolis, 2017",
          "# traffic stops from 16:00 to 22:00 with race Black or White and a precinct; written by veil.R")
writeLines(c(note, "day,minute,precinct,black,white",
             do.call(paste, c(lapply(counts, as.character), sep = ","))), "veil_stops.csv")

# Minutes by the clock, from the part of the day: the times that maptools gives are an hour off where the clocks change.
noon <- function(days) as.POSIXct(paste(days, "12:00:00"), tz = zone)
dusk <- function(days) 1440 * crepuscule(place, noon(days), solarDep = 6, direction = "dusk")
set <- function(days) 1440 * sunriset(place, noon(days), direction = "sunset")

window <- function(days, seasons) {  # seasons: a label for every day of the year, NA where it is left out
  own <- stops[match(stops$day, days, nomatch = 0) > 0, ]
  own$season <- seasons[match(own$day, days)]
  own <- own[!is.na(own$season), ]
  edge <- dusk(days)
  first <- tapply(edge, seasons, min); last <- tapply(edge, seasons, max)
  own$dusk <- edge[match(own$day, days)]; own$set <- set(days)[match(own$day, days)]
  own <- subset(own, minute >= first[season] & minute <= last[season])
  own <- subset(own, minute >= dusk | minute <= set)
  own$dark <- as.integer(own$minute >= own$dusk)
  own$weekday <- factor(format(own$day, "%u"))
  own
}

rows <- list()
fitted <- function(name, data, df, season = FALSE) {
  form <- black ~ dark + ns(minute, df = df) + factor(policePrecinct) + weekday
  if (season) form <- update(form, . ~ . + season)
  fit <- glm(form, family = binomial, data = data, control = glm.control(epsilon = 1e-14, maxit = 100))
  V <- vcovCL(fit, cluster = data$day)
  rows[[length(rows) + 1]] <<- data.frame(
    design = name, df = df, black_daylight = sum(data$black & !data$dark), black_dark = sum(data$black & data$dark),
    white_daylight = sum(!data$black & !data$dark), white_dark = sum(!data$black & data$dark),
    days = length(unique(data$day)), dark = sprintf("%.12g", coef(fit)["dark"]),
    se = sprintf("%.12g", sqrt(V["dark", "dark"])))
}
days <- seq(min(stops$day), max(stops$day), by = 1)
seasons <- rep("all", length(days)); evening <- window(days, seasons)
for (df in 3:8) fitted("evening", evening, df)
near <- rep(NA, length(days))  # within three weeks of a change of the clocks
for (change in c("2017-03-12", "2017-11-05")) {
  near[days >= as.Date(change) - 21 & days < as.Date(change) + 21] <- change
}
fitted("clock change", transform(window(days, near), season = factor(season)), 6, season = TRUE)
write.csv(do.call(rbind, rows), "veil.csv", row.names = FALSE, quote = FALSE)
