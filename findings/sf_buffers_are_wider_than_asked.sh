#!/usr/bin/env bash
# sf 1.0-9 for R (Debian 12): what lies within 50 or 200 m of a glacier's front or of a flight line, drawn in longitude and latitude.
# Guess: st_buffer takes metres there and gives, but for some corners, the same area as in the UTM zone of the place: length x 2 x
#        distance.
# Seen:  the buffer is made of at most 1000 cells of a global grid, all that touch it: the longer the line, the coarser they are. 50 m
#        about a front of 10 km reach 92 m and have 1.4 times the area, about a line of 100 km 280 m and 2.7 times. A short line or a
#        point is good to a few percent, so that a test does not show it. max_cells=1e5 brings it near, st_transform before to a few per
#        mille.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
dpkg -s r-cran-sf > /dev/null 2>&1 || apt-get install -qq --no-install-recommends r-cran-sf=1.0-9+dfsg-1+b1 > /dev/null
cat > t.R <<'R'
suppressMessages(library(sf))
along <- function(km) st_sfc(st_linestring(cbind(15 + seq(0, km / 21.3, length.out = 200), 79)), crs = 4326)  # 1 degree is 21.3 km
area <- function(of) as.numeric(st_area(of))
reach <- function(buffer, line) {
    edge <- st_cast(st_sfc(st_multipoint(st_coordinates(buffer)[, 1:2]), crs = 4326), "POINT")
    max(as.numeric(st_distance(edge, line)))
}
found <- NULL
for (km in c(2, 10, 100)) for (distance in c(50, 200)) {
    line <- along(km)
    due <- 2 * as.numeric(st_length(line)) * distance + pi * distance^2
    buffers <- list(default = st_buffer(line, distance), more = st_buffer(line, distance, max_cells = 1e5))
    row <- c(km, distance, area(buffers$default) / due, reach(buffers$default, line), area(buffers$more) / due,
             area(st_buffer(st_transform(line, 32633), distance)) / due)
    cat(sprintf("%3.0f km, %3.0f m: area %.2f times that due, reaches %3.0f m; with max_cells=1e5 %.2f, in UTM %.3f times\n",
                row[1], row[2], row[3], row[4], row[5], row[6]))
    found <- rbind(found, row)
}
long <- found[found[, 1] == 100, ]
if (!(all(found[, 6] > 0.99 & found[, 6] < 1.01) && all(long[, 3] > 1.5) && all(long[, 4] > 2 * long[, 2]) && found[3, 3] > 1.3
      && found[2, 3] < 1.05 && all(found[, 5] < 1.2))) stop("changed")
R
Rscript t.R
