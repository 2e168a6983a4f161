// Command robustness solves systems with hard coefficients by the default method and by
// hypre on the same files, and prints the table of docs/robustness.md. From the root of
// the project, with hypre and MPI installed (see benchmarks/README.md):
//
//	mpicc -O3 -o hypre benchmarks/hypre.c -I/usr/include/hypre -lHYPRE -lm
//	go run ./benchmarks/robustness -hypre ./hypre > docs/robustness.md
//
// Without -hypre its columns are empty.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"mgtool/internal/buildinfo"
	"mgtool/multigrid"
	"mgtool/pde/elliptic"
)

func main() {
	n := flag.Int("n", 256, "cells a side in two dimensions; a quarter of that in three")
	hypre := flag.String("hypre", "", "program built from hypre.c; empty: solve without it")
	processes := flag.Int("processes", runtime.NumCPU(), "of hypre")
	only := flag.String("only", "", "rows whose group and name, as in \"jumps: random inclusions, 1 and 100\", match this regular expression")
	kind := flag.String("peer", "", "methods of hypre whose name begins with this; empty: all")
	flag.Parse()
	log.SetFlags(0)
	wanted, err := regexp.Compile(*only)
	if err != nil {
		log.Fatalf("-only %q: %v; want a regular expression", *only, err)
	}
	folder, err := os.MkdirTemp("", "robustness")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	page(*n, *processes, *hypre != "")
	group := ""
	for _, s := range systems(*n) {
		if !wanted.MatchString(s.group + ": " + s.name) {
			continue
		}
		if s.group != group {
			group = s.group
			heading(group)
		}
		log.Printf("%s: %s", s.group, s.name)
		ours, err := solve(s.equation)
		if err != nil {
			log.Printf("  %v", err)
		}
		var theirs []peer
		if *hypre != "" {
			file := filepath.Join(folder, "system.bin")
			system, err := s.equation.Discretize()
			if err != nil {
				log.Fatal(err)
			}
			if err := write(file, system); err != nil {
				log.Fatal(err)
			}
			for _, method := range methods {
				if !strings.HasPrefix(method, *kind) {
					continue
				}
				theirs = append(theirs, run(*hypre, file, method, *processes))
			}
		}
		fmt.Println(row(s, ours, theirs))
	}
}

// rtol is the tolerance of all methods, limit the most iterations.
const rtol, limit = 1e-8, 200

// methods are those of hypre that are tried; the table has the fastest of each kind.
var methods = []string{"pfmg", "pfmg-cg", "smg", "smg-cg", "boomeramg", "boomeramg-cg"}

// ours is how the default method did.
type ours struct {
	why     string
	cycles  int // cycles, or steps of the Krylov method
	krylov  bool
	factor  float64
	seconds float64 // set-up and solve
	status  multigrid.Status
}

// repeat is how often a solve is timed; the fastest counts, of hypre's too.
const repeat = 3

// rest lets the processes of the last row end before the next solve.
const rest = 300 * time.Millisecond

// solve solves by the default method.
func solve(e elliptic.Equation) (best ours, err error) {
	best.seconds = math.Inf(1)
	time.Sleep(rest)
	for range repeat {
		system, err := e.Discretize()
		if err != nil {
			return best, err
		}
		begin := time.Now()
		settings, why := multigrid.Choose(system.A)
		settings.RelTol, settings.MaxCycles = rtol, limit
		solver, err := multigrid.NewSolver(system.A, settings)
		if err != nil {
			return best, err
		}
		res, err := solver.Solve(context.Background(), system.U, system.G)
		seconds := time.Since(begin).Seconds()
		if seconds < best.seconds {
			best = ours{why: why, cycles: res.Cycles, factor: res.Factor, seconds: seconds, status: res.Status}
			if best.krylov = res.KrylovIterations > 0; best.krylov {
				best.cycles = res.KrylovIterations
				best.factor = rate(res.Residuals)
			}
		}
		if err != nil {
			return best, err
		}
	}
	return best, nil
}

// rate is the mean factor of the last half of a history.
func rate(r []float64) float64 {
	if len(r) < 3 {
		return math.NaN()
	}
	half := len(r) / 2
	return math.Pow(r[len(r)-1]/r[half], 1/float64(len(r)-1-half))
}

// peer is how a method of hypre did.
type peer struct {
	Method     string  `json:"method"`
	Iterations int     `json:"iterations"`
	Residual   float64 `json:"residual"`
	SetupS     float64 `json:"setup_s"`
	SolveS     float64 `json:"solve_s"`
}

func (p peer) seconds() float64 { return p.SetupS + p.SolveS }

// solved reports that the method reached the tolerance.
func (p peer) solved() bool {
	return p.Iterations < limit && p.Residual >= 0 && p.Residual <= rtol
}

// run solves a file by hypre, repeat times, and returns the fastest. A run that fails or
// takes more than a minute is one that did not solve.
func run(program, file, method string, processes int) (best peer) {
	best = peer{Method: method, Residual: -1, SolveS: math.Inf(1)}
	for range repeat {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		c := exec.CommandContext(ctx, "mpirun", "-np", fmt.Sprint(processes), program, file, method, fmt.Sprint(rtol), fmt.Sprint(limit))
		out, err := c.Output()
		cancel()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			log.Printf("  %s: %v: %.300s", method, err, exit.Stderr)
		}
		var p peer
		if err != nil || json.Unmarshal(out, &p) != nil {
			return best
		}
		if p.seconds() < best.seconds() {
			best = p
		}
	}
	return best
}

// page prints the head of the page.
func page(n, processes int, hypre bool) {
	fmt.Printf("# Robustness\n\nWritten by `go run ./benchmarks/robustness -n %d", n)
	if hypre {
		fmt.Printf(" -hypre PROGRAM -processes %d", processes)
	}
	fmt.Printf("`, %s, on %d cores, %s.\n\n", "version "+buildinfo.Read().Version, runtime.NumCPU(), time.Now().Format("2006-01-02"))
	fmt.Printf(`Each system is −∇·(a ∇u) = 1, u = 0 on the boundary, %d² or %d³ cells unless said, from zero to
a residual of %g of the first. *Steps* are cycles, or where CG stands behind the number, its
steps; *factor* is that of the last cycle, or the mean over the second half of CG. Seconds are set-up
and solve together, the best of %d. The columns of hypre have the steps and seconds of the method
alone or inside CG, whichever is faster; – is a method that did not solve in %d steps or a minute.
`, n, n/4, rtol, repeat, limit)
}

func heading(group string) {
	fmt.Printf("\n## %s\n\n| system | default method | steps | factor | s | PFMG | SMG | BoomerAMG | fastest of hypre ÷ ours |\n|---|---|---|---|---|---|---|---|---|\n", strings.ToUpper(group[:1])+group[1:])
}

// row is a line of the table.
func row(s system, o ours, theirs []peer) string {
	steps := fmt.Sprint(o.cycles)
	if o.krylov {
		steps += " CG"
	}
	cells := []string{s.name, o.why, steps, fmt.Sprintf("%.3f", o.factor), fmt.Sprintf("%.4f", o.seconds)}
	if err := o.status.Err(); err != nil {
		cells[2] += fmt.Sprintf(" (%v)", o.status)
	}
	fastest := math.Inf(1)
	for _, kind := range []string{"pfmg", "smg", "boomeramg"} {
		best := peer{SolveS: math.Inf(1)}
		for _, p := range theirs {
			if strings.HasPrefix(p.Method, kind) && p.solved() && p.seconds() < best.seconds() {
				best = p
			}
		}
		text := "–"
		if !math.IsInf(best.seconds(), 1) {
			text = fmt.Sprintf("%d", best.Iterations)
			if strings.HasSuffix(best.Method, "-cg") {
				text += " CG"
			}
			text += fmt.Sprintf(", %.4f", best.seconds())
		}
		cells = append(cells, text)
		fastest = min(fastest, best.seconds())
	}
	ratio := "–"
	if !math.IsInf(fastest, 1) {
		ratio = fmt.Sprintf("%.1f", fastest/o.seconds)
	}
	return "| " + strings.Join(append(cells, ratio), " | ") + " |"
}
