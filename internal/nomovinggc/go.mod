module go4.org/unsafe/assume-no-moving-gc

go 1.21
