#!/usr/bin/env bash
# gstat 2.1-0 for R (Debian 12): the directional variogram of crevasses that run north-east, asked for along them (alpha=45).
# Guess: it is that of pairs of points about that direction, with the 22.5 degrees to either side that are usual, as the same call with
#        alpha=c(0, 45, 90, 135) gives it.
# Seen:  the tolerance is 90 / (number of directions): with one direction all pairs are taken, and with two half of them. The variogram
#        without a direction comes back, labelled dir.hor 45: along and across the crevasses are alike. Give tol.hor=22.5.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
dpkg -s r-cran-gstat > /dev/null 2>&1 || apt-get install -qq --no-install-recommends r-cran-gstat=2.1-0-1 > /dev/null
cat > t.R <<'R'
suppressMessages({library(sp); library(gstat)})
set.seed(1)
points <- data.frame(x = runif(800, 0, 100), y = runif(800, 0, 100))
points$z <- sin((points$x - points$y) / 4)  # the same along every line to the north-east
coordinates(points) <- ~ x + y
at <- function(direction, ...) {
    found <- variogram(z ~ 1, points, cutoff = 10, width = 10, ...)
    found <- found[found$dir.hor == direction, ]
    cat(deparse(substitute(list(...))), "-> at", direction, "degrees, pairs up to 10 apart:", found$np, "with semivariance",
        round(found$gamma, 3), "\n")
    c(found$np, found$gamma)
}
all <- at(0)
along <- at(45, alpha = 45)
across <- at(135, alpha = 135)
of_four <- at(45, alpha = c(0, 45, 90, 135))
of_two <- at(45, alpha = c(45, 135))
narrow <- at(45, alpha = 45, tol.hor = 22.5)
if (!(all.equal(all, along) == TRUE && all.equal(all, across) == TRUE && all.equal(narrow, of_four) == TRUE
      && narrow[2] < 0.2 * all[2] && of_two[2] > 2 * narrow[2])) stop("changed")
R
Rscript t.R
