package specification

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func read(t *testing.T, text string, job Job) ([]Specification, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "spec.json")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return Read(path, job)
}

// What cannot be meant is one clear line, which names the operator.
func TestMistakes(t *testing.T) {
	both := map[string]string{
		`{"operator": {}}`:                                        `"operator"`,
		`{"operators": {"B": {"sate": "learned"}}}`:               `"sate"`,
		`{"operators": {"C": {}}}`:                                `operator "C"; want one of A, B, R, P, Pi, sigma, norm, mixing`,
		`{"operators": {"B": {"state": "free"}}}`:                 `operator B: state "free"`,
		`{"operators": {"B": "free"}}`:                            `operator B: state "free"`,
		`{"operators": {"B": 3}}`:                                 "want",
		`{"others": "random"}`:                                    `others "random"`,
		`{"share": "cyclic:0"}`:                                   `share "cyclic:0"`,
		`{"operators": {"B": {"share": "all"}}}`:                  `operator B: share "all"`,
		`{"gamma": 3}`:                                            "gamma 3",
		`{"operators": {"P": {"state": "start", "apart": true}}}`: "for B only",
		`[]`:                             "empty list",
		`[{}, {"operators": {"C": {}}}]`: "number 2",
	}
	cycle := map[string]string{
		`{"operators": {"Pi": {"state": "learned"}}}`:                      "Pi learned in a linear cycle",
		`{"operators": {"Pi": "random"}}`:                                  "Pi in a linear cycle; want it fixed",
		`{"operators": {"sigma": {"state": "learned"}}}`:                   "operator sigma in a linear cycle; want it fixed",
		`{"operators": {"norm": "start"}}`:                                 "operator norm in a linear cycle",
		`{"operators": {"mixing": "learned"}}`:                             "operator mixing in a linear cycle",
		`{"operators": {"B": "random"}}`:                                   "operator B: random in a linear cycle",
		`{"operators": {"B": {"kind": "line"}}}`:                           `kind "line"`,
		`{"operators": {"B": {"width": 4}}}`:                               "width 4",
		`{"operators": {"B": {"width": 5, "kind": "jacobi"}}}`:             "width 5 of kind jacobi",
		`{"operators": {"B": {"count": 9}}}`:                               "count 9",
		`{"operators": {"B": {"omega": 2}}}`:                               "omega 2",
		`{"operators": {"B": {"from": "jacobi"}}}`:                         `from "jacobi"`,
		`{"operators": {"A": {"from": "linear"}}}`:                         `from "linear"; want rediscretized or galerkin`,
		`{"operators": {"R": {"from": "transpose", "state": "learned"}}}`:  "transpose of P",
		`{"others": "learned", "operators": {"R": {"from": "transpose"}}}`: "transpose of P",
		`{"operators": {"P": {"width": 3}}}`:                               "for B only",
		`{"operators": {"P": {"symmetry": "round"}}}`:                      `symmetry "round"`,
		`{"pre": 15, "operators": {"B": {"count": 8}}}`:                    "120 corrections at a side; want at most 64",
		`{"operators": {"P": {"from": "blackbox"}}}`:                       "operator P from blackbox, learned: false, with A from rediscretized",
		`{"operators": {"A": {"from": "galerkin"}, "R": {"from": "transpose"}, "P": {"from": "blackbox", "state": "start"}}}`: "operator P from blackbox, learned: true",
		`{"operators": {"A": {"from": "galerkin"}, "P": {"from": "blackbox"}}}`:                                               "R from full-weighting, learned: false; want none",
		`{"pre": -1}`: "-1 + 0",
		`{"pre": 20}`: "20 + 0",
		`{"share": "none", "operators": {"B": {"state": "start", "share": "cyclic:2"}, "P": {"state": "start"}}}`: "operator P: share",
	}
	images := map[string]string{
		`{"gamma": 2}`: "gamma 2 in a classifier",
		`{"pre": 1}`:   "pre 1, post 0 in a classifier",
		`{"operators": {"B": {"kind": "colours"}}}`:   "operator B: kind colours in a classifier",
		`{"operators": {"A": {"from": "galerkin"}}}`:  "operator A: from galerkin in a classifier",
		`{"operators": {"B": {"omega": 1}}}`:          "operator B: omega 1 in a classifier",
		`{"operators": {"B": {"count": 2}}}`:          "operator B: count 2 in a classifier",
		`{"operators": {"B": {"width": 5}}}`:          "operator B: width 5 in a classifier",
		`{"operators": {"P": {"symmetry": "point"}}}`: "operator P: symmetry point in a classifier",
		`{"operators": {"P": {"free": true}}}`:        "operator P: free in a classifier",
		`{"operators": {"sigma": "random"}}`:          "operator sigma: random; want",
		`{"operators": {"norm": {"share": "none"}}}`:  `operator norm: share "none"`,
		`{"operators": {"Pi": {"share": "levels"}}}`:  `operator Pi: share "levels" beside "none" of R`,
	}
	for i, list := range []map[string]string{both, both, cycle, images} {
		job := []Job{Cycle, Images, Cycle, Images}[i]
		for text, want := range list {
			_, err := read(t, text, job)
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s, job %d: %q wanted in one line; the error is %v", text, job, want, err)
			}
		}
	}
}

// One file serves both jobs; what it leaves out is fixed, or what it says of the others.
func TestBothJobs(t *testing.T) {
	const text = `{"share": "levels", "operators": {"A": "fixed", "B": {"state": "start", "apart": true}, "P": "learned", "Pi": "fixed", "sigma": {}, "norm": "fixed", "mixing": "fixed"}}`
	for _, job := range []Job{Cycle, Images} {
		list, err := read(t, text, job)
		if err != nil {
			t.Fatal(err)
		}
		s := list[0]
		if got := s.Learned().String(); got != "B,P" || !s.Of("B").Apart || s.Of("P").Share != ShareLevels || s.Of("R").State != Fixed {
			t.Errorf("job %d: %+v, learned %s", job, s, got)
		}
	}
	list, err := read(t, `[{"others": "start", "operators": {"A": "fixed"}}, {}]`, Cycle)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%v, %v, %s", list[0].Learned(), list[1].Learned(), list[0].Of(sigma).State); got != "B,R,P, none, fixed" {
		t.Errorf("learned %s", got)
	}
}

// A specification is read again from its JSON, and a classifier's from its short form too.
func TestWrittenAndRead(t *testing.T) {
	for _, text := range []string{
		"A=fixed,B=random,R=fixed,P=start,Pi=fixed,sigma=fixed,norm=fixed,mixing=fixed",
		"B=start/apart,R=learned/cyclic:2,P=fixed/cyclic:2,Pi=learned/cyclic:2,share=levels",
		"A=start,others=fixed", "mixing=start,share=none,others=start", "A=learned",
	} {
		s, err := Parse(text)
		if err != nil || s.String() != text {
			t.Errorf("%s is %s, %v", text, s, err)
		}
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		list, err := read(t, string(data), Images)
		if err != nil || !reflect.DeepEqual(list[0], s) {
			t.Errorf("%s from %s is %+v, %v; want %+v", text, data, list, err, s)
		}
	}
	for text, want := range map[string]string{
		"A": `"A" in "A"; want PART=STATE`, "": "PART=STATE", "A=fixed,A=start": "A twice", "C=fixed": `operator "C"`, "A=yes": `state "yes"`, "B=start/apart/apart": "B=start/apart/apart; want",
		"norm=random": "operator norm: random", "A=fixed/apart": "apart; want that for B only", "share=some": `share "some"`, "others=random": `others "random"`, "A=learned/levels/none": "A=learned/levels/none; want",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
}

func ExampleParse() {
	s, err := Parse("A=fixed,B=start/apart,mixing=learned")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Of("A").State, s.Of("B").State, s.Of("B").Apart, s.Of("R").State)
	data, _ := json.Marshal(s)
	fmt.Println(string(data))
	// Output:
	// fixed start true learned
	// {"others":"learned","operators":{"A":"fixed","B":{"state":"start","apart":true},"mixing":"learned"}}
}
