package runs

import (
	"encoding/json"
	"strings"
	"testing"

	"mgtool/mgnet"
)

func asJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A run's config.json is read for its model and for its recipe.
func TestConfigurationsOfRuns(t *testing.T) {
	c := mgnet.MgNet(28, 28, 1, 10, []int{4}, []int{1, 2})
	recipe, err := LookupRecipe("course")
	if err != nil {
		t.Fatal(err)
	}
	run := asJSON(t, Run{Model: c, Recipe: recipe, Seed: 3, Data: "mnist"})
	imported := asJSON(t, Run{Model: c, Imported: "w.safetensors", Data: "mnist"})
	want := string(asJSON(t, c))
	for name, text := range map[string][]byte{"a run": run, "imported weights": imported, "a model": asJSON(t, c), "what mgtool model prints": asJSON(t, map[string]any{"config": c, "parameters": 7})} {
		got, err := ParseModel(text)
		if err != nil || string(asJSON(t, got)) != want {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
	for name, text := range map[string][]byte{"a run": run, "a recipe": asJSON(t, recipe)} {
		if got, err := ParseRecipe(text); err != nil || got != recipe {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
	if _, err := ParseRecipe(imported); err == nil || !strings.Contains(err.Error(), "imported weights") {
		t.Errorf("a recipe of imported weights: %v", err)
	}
}

// An error in JSON is said in the terms of the file, in one line.
func TestErrorsInJSON(t *testing.T) {
	config := func(text string) error { _, err := ParseModel([]byte(text)); return err }
	recipe := func(text string) error { _, err := ParseRecipe([]byte(text)); return err }
	for _, c := range []struct {
		err   error
		wants []string
	}{
		{config(`{"model": "mgnet", "chanels": [1]}`), []string{`"chanels"`, `did you mean "channels"`}},
		{config(`{"model": {"smoothing": [1]}}`), []string{`"smoothing"`, `did you mean "smoothings"`}},
		{config(`{"model": "layers", "layers": [{"op": "conv", "kernal": 3}]}`), []string{`did you mean "kernel"`}},
		{config(`{"model": {}, "recipe": {"lookahed": 3}}`), []string{`did you mean "lookahead"`}},
		{config(`{"model": "mgnet", "dropout": 1}`), []string{`unknown key "dropout"`}},
		{config(`{"epochs": 3}`), []string{`unknown key "epochs"`, "want the keys of a model", "config.json"}},
		{recipe(`{"model": "mgnet", "height": 3}`), []string{`unknown key "model"`, "want the keys of a recipe", "config.json"}},
		{recipe(`{"name": "x", "learning_rat": 3}`), []string{`did you mean "learning_rate"`}},
		{recipe(`{"name": "x", "miror": true}`), []string{`did you mean "mirror"`}}, // of the augmentation
		{config(`{"model": "mgnet", "height": "28"}`), []string{"key height is text; want a whole number"}},
		{config(`{"model": "mgnet", "height": 2.5}`), []string{"key height is number 2.5; want a whole number"}},
		{config(`{"model": {"channels": 3}}`), []string{"key model.channels is number; want a list"}},
		{config(`[1]`), []string{"it is a list; want an object"}},
		{config(``), []string{"it is empty"}},
		{config(`{"model":`), []string{"it ends before"}},
		{config(`{} {}`), []string{"more than one JSON value"}},
		{config("{\"\x01\n\": 1}"), []string{"model configuration"}},
		{config(`{"` + strings.Repeat("a", 10000) + `\n": 1}`), []string{"unknown key"}},
	} {
		if c.err == nil {
			t.Errorf("no error; want one with %q", c.wants)
			continue
		}
		text := c.err.Error()
		for _, want := range c.wants {
			if !strings.Contains(text, want) {
				t.Errorf("error %.200s; want one with %q", text, want)
			}
		}
		if strings.ContainsAny(text, "\n\x01") || len(text) > 400 || strings.Contains(text, "Go struct") {
			t.Errorf("error %.300q; want a short line without terms of Go", text)
		}
	}
}

func TestRepeatedKeysOfAModel(t *testing.T) {
	if _, err := ParseModel([]byte(`{"model":"mgnet","classes":10,"CLASSES":2}`)); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("a configuration with two numbers of classes: %v", err)
	}
}
