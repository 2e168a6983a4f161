// Waves makes waves.csv of this folder: 900 hours of three variables, each a wave of a day
// and one of a week, with a wandering level and noise.
//
//	go run ./testdata/waves.go
package main

import (
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"time"
)

func main() {
	var b strings.Builder
	b.WriteString("date,load,heat,wind\n")
	rng := rand.New(rand.NewPCG(1, 2))
	begin := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	day, week := []float64{10, -6, 2}, []float64{3, 1, -1} // amplitudes
	level := []float64{40, 15, 8}
	for hour := range 900 {
		b.WriteString(begin.Add(time.Duration(hour) * time.Hour).Format(time.DateTime))
		phase := 2 * math.Pi * float64(hour) / 24
		for v := range level {
			level[v] += .1 * rng.NormFloat64()
			x := level[v] + day[v]*math.Sin(phase-float64(v)) + week[v]*math.Sin(phase/7) + .5*rng.NormFloat64()
			fmt.Fprintf(&b, ",%.2f", x)
		}
		b.WriteString("\n")
	}
	if err := os.WriteFile("testdata/waves.csv", []byte(b.String()), 0o644); err != nil {
		log.Fatal(err)
	}
}
