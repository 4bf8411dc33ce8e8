#!/usr/bin/env bash
# circular 0.4-95 for R (Debian 12): orientations of crevasses, axes of 0 to 180 degrees, as circular(..., units="degrees", modulo="pi").
# Guess: modulo="pi" says that 0 and 180 degrees are one axis, and statistics go by it: crevasses within some degrees of north have a mean
#        of 0 (or 180), a resultant length near 1 and a tiny p in the Rayleigh test of uniformity, as those about 80 degrees have.
# Seen:  only the numbers are taken modulo 180, statistics are those of the full circle: the mean is the axis across, 90 degrees, the
#        resultant length 0.07, and crevasses that are all aligned pass for uniform (p of 0.24). About 80 degrees all is well, so that
#        nothing looks wrong elsewhere. Double the angles before, and halve mean and deviation after.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
dpkg -s r-cran-circular > /dev/null 2>&1 || apt-get install -qq --no-install-recommends r-cran-circular=0.4-95-1 > /dev/null
cat > t.R <<'R'
suppressMessages(library(circular))
spread <- qnorm(ppoints(300), 0, 5)  # as normal as 300 numbers can be, with a deviation of 5 degrees
ask <- function(name, degrees, ...) {
    axes <- circular(degrees, units = "degrees", ...)
    found <- c(as.numeric(mean(axes)) %% 360, rho.circular(axes), rayleigh.test(axes)$p.value)
    cat(sprintf("%s: mean %.1f degrees, resultant length %.2f, p of uniform %.2g\n", name, found[1], found[2], found[3]))
    found
}
about_0 <- ask("axes about 0, modulo pi", spread %% 180, modulo = "pi")
about_80 <- ask("axes about 80, modulo pi", spread + 80, modulo = "pi")
doubled <- ask("axes about 0, doubled", 2 * spread)
if (!(abs(about_0[1] - 90) < 1 && about_0[2] < 0.1 && about_0[3] > 0.1 && abs(about_80[1] - 80) < 1 && about_80[3] < 1e-50
      && min(doubled[1], 360 - doubled[1]) < 1 && doubled[3] < 1e-50)) stop("changed")
R
Rscript t.R
