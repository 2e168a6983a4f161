package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgtool/mgnet/runs"
	"mgtool/vision"
)

// Every experiment has seeds, a data set that is known, and a recipe that is known or a
// file that is one; a name stands for one command.
func TestExperiments(t *testing.T) {
	commands := map[string]string{}
	for _, e := range experiments {
		if before, again := commands[e.name]; again && before != e.args {
			t.Errorf("%s stands for %q and for %q", e.name, before, e.args)
		}
		commands[e.name] = e.args
		if len(e.seeds) == 0 || len(slices.Compact(slices.Clone(e.seeds))) != len(e.seeds) {
			t.Errorf("%s has the seeds %v", e.name, e.seeds)
		}
		if e.group == "" || e.about == "" || strings.ContainsAny(e.about, "|\n") {
			t.Errorf("%s of group %q: %q is no cell of a table", e.name, e.group, e.about)
		}
		if _, err := vision.Describe(e.data()); err != nil {
			t.Errorf("%s: %v", e.name, err)
		}
		if strings.Contains(e.args, "--seed") {
			t.Errorf("%s: %q has a seed, which is appended", e.name, e.args)
		}
		if !e.trains() {
			continue
		}
		_, recipe, _ := strings.Cut(e.args, "--recipe ")
		recipe, _, _ = strings.Cut(recipe, " ")
		if file, ok := strings.CutPrefix(recipe, "benchmarks/accuracy/"); ok {
			text, err := os.ReadFile(filepath.FromSlash(file))
			if err == nil {
				_, err = runs.ParseRecipe(text)
			}
			if err != nil {
				t.Errorf("%s: %v", e.name, err)
			}
		} else if _, err := runs.LookupRecipe(recipe); err != nil {
			t.Errorf("%s: %v", e.name, err)
		}
	}
}

// The parts of an experiment's words.
func TestParts(t *testing.T) {
	e := experiment{about: "depthwise A, B: 12 channels", args: "train --data mnist --model x"}
	if e.way() != "depthwise A, B" || e.data() != "mnist" || e.mirrors() || !e.trains() {
		t.Errorf("way %q, data %q, mirrors %t, trains %t", e.way(), e.data(), e.mirrors(), e.trains())
	}
	e.args = "classify svm --data cifar10"
	if e.data() != "cifar10" || !e.mirrors() || e.trains() {
		t.Errorf("data %q, mirrors %t, trains %t", e.data(), e.mirrors(), e.trains())
	}
	if name := id(e, 3); name != "-3" {
		t.Errorf("id %q", name)
	}
}
