package runs

import (
	"encoding/json"
	"strings"
	"testing"
)

// What a recipe without the later augmentations and optimisers prints is what it
// always printed, but for its source: a checkpoint holds it, and tells by it whether
// it belongs to a run.
func TestRecipeText(t *testing.T) {
	r, _ := LookupRecipe("official")
	r.Source = ""
	text, err := json.Marshal(r)
	want := `{"name":"official","epochs":300,"batch":128,"learning_rate":0.1,"momentum":0.9,"weight_decay":0.0005,` +
		`"schedule":"step","step_epochs":50,"step_factor":0.1,"pad":4,"mirror":true}`
	if err != nil || string(text) != want {
		t.Errorf("%s (%v), want %s", text, err, want)
	}
	r.Pad, r.Translate = 2, 2
	if err := r.Validate(); err == nil || !strings.Contains(err.Error(), "pad and translate") {
		t.Errorf("two ways to cut: %v", err)
	}
}
