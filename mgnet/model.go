// Package mgnet holds models of images, or of other values on a grid: MgNet, the
// multigrid cycle of package multigrid over the nodes of a graph,
//
//	stem        r = σ(θ * image);             u = 0
//	smooth      d = σ(B * σ(r));              u += d;   r −= A * d
//	restrict    r' = σ(R *₂ r);               u' = σ(Π *₂ u)
//	head        class scores = W · mean(u) + b
//
// with σ = ReLU∘BN, or another activation for ReLU, each with its own statistics
// (He & Xu, MgNet, Sci. China Math. 62, 2019; the residual form of eqs. 26–27 of
// the lectures, equal to the form that carries u and g). ResNets are the same walk
// with r alone, and so are classic CNNs; older networks are lists of layers.
//
// A [Model] is a configuration, of one of the families in model.go; a [Network] holds
// its values. Packages in the folders of this one train, evaluate and exchange it.
package mgnet

// What a model is. A family of models is one file: a configuration type with its JSON
// keys, which implements Model, and a line in the list of families.

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mgtool/internal/strictjson"
	"mgtool/tensor"
	"mgtool/tensor/graph"
)

// Model is the configuration of a network: a value that says what it reads and answers,
// which parameters it has and how they make scores of an input. Its JSON is what a run's
// config.json holds; the key "model" names the family.
type Model interface {
	// Sig is what the model reads and answers.
	Sig() Signature
	// String is the model in a line, for people.
	String() string

	// resized is the same model for inputs of another size.
	resized(h, w int) Model
	// validate reports the first invalid value of the family's own.
	validate() error
	// features are the shapes of the feature maps of one input, padding included, with
	// the largest among them.
	features() []tensor.Shape
	// layout declares the parameters and norms in the order of the walk.
	layout(n *Network) body
}

// body is what a family makes of a network's parameters.
type body interface {
	// scores are those of the classes, (N, classes), of inputs (N, H, W, C); of a model that
	// answers for each pixel (N, H, W, outputs).
	scores(v *nodes, x *graph.Node) *graph.Node
	// names lists the modules by what PyTorch calls them.
	names() table
}

// Signature is what a model reads and answers: Height×Width values of InChannels each,
// a sequence having height 1, and Classes outputs: a score for each class, or the values
// that a task other than classes asks for; of a model that answers for each pixel, so many
// for each.
type Signature struct {
	Family string `json:"model"`

	Height     int `json:"height"`
	Width      int `json:"width"`
	InChannels int `json:"in_channels"`
	Classes    int `json:"classes"`
}

// Sig implements part of [Model] for types that embed a Signature.
func (s Signature) Sig() Signature { return s }

// Fits checks that inputs of height×width×channels, of so many classes, are what the
// model takes. name is that of their data set, for the error.
func (s Signature) Fits(name string, height, width, channels, classes int) error {
	if height != s.Height || width != s.Width || channels != s.InChannels {
		return fmt.Errorf("mgnet: %s has images of %d×%d×%d; the model takes %d×%d×%d", name, height, width, channels, s.Height, s.Width, s.InChannels)
	}
	if classes > s.Classes {
		return fmt.Errorf("mgnet: %s has %d classes; the model has %d", name, classes, s.Classes)
	}
	return nil
}

// family is a kind of models that share a configuration type.
type family struct {
	name      string
	parse     func(data []byte) (Model, error)
	catalogue []Named
}

// families are those that are known, in the order of the catalogue.
var families = []family{
	mgnetFamily,
	resnetFamily,
	preactFamily,
	cnnFamily,
	layersFamily,
	multiStepFamily,
	linearForecastFamily,
	repeatLastFamily,
	fvmgnetFamily,
	mgnoFamily,
	fnoFamily,
	unetFamily,
	densenetFamily,
	gcnFamily,
	graphMgNetFamily,
}

// Named is an entry of the catalogue of models.
type Named struct {
	Name, About string
	// Channels and Levels report whether the channels, and the smoothing steps of each
	// level, are free.
	Channels, Levels bool
	// Usual is the default signature.
	Usual Signature
	// Make returns the model for a signature. channels and smoothings are nil for the
	// model's own, or hold one number for all levels or one each.
	Make func(s Signature, channels, smoothings []int) (Model, error)
}

// The inputs and classes of data sets that models of the catalogue were made for.
var (
	cifar    = Signature{Height: 32, Width: 32, InChannels: 3, Classes: 10}
	mnist    = Signature{Height: 28, Width: 28, InChannels: 1, Classes: 10}
	imagenet = Signature{Height: 224, Width: 224, InChannels: 3, Classes: 1000}
	pulse    = Signature{Height: 1, Width: 256, InChannels: 1, Classes: 2}
)

// Catalogue lists the models that have a name, family by family.
func Catalogue() (list []Named) {
	for _, f := range families {
		list = append(list, f.catalogue...)
	}
	return list
}

// Lookup finds a model of the catalogue.
func Lookup(name string) (Named, error) {
	var names []string
	for _, m := range Catalogue() {
		if m.Name == name {
			return m, nil
		}
		names = append(names, m.Name)
	}
	return Named{}, fmt.Errorf("mgnet: model %q; known: %s", name, strings.Join(names, ", "))
}

// familyNames lists the families in alphabetical order.
func familyNames() (names []string) {
	for _, f := range families {
		names = append(names, f.name)
	}
	slices.Sort(names)
	return names
}

func lookupFamily(name string) (family, error) {
	for _, f := range families {
		if f.name == name {
			return f, nil
		}
	}
	return family{}, oneOf("model", name, familyNames()...)
}

// parseAs reads a configuration of type M. A key that M does not have is an error.
func parseAs[M Model](data []byte) (Model, error) {
	var m M
	err := strictjson.Decode(data, &m)
	return m, err
}

// ParseConfig reads a model from JSON and validates it. A key that its family does not
// have is an error.
func ParseConfig(data []byte) (Model, error) {
	keys := strictjson.TopKeys(data)
	if config := keys["config"]; strictjson.IsObject(config) { // of mgtool model --json
		data, keys = config, strictjson.TopKeys(config)
	}
	m, err := decode(data, keys)
	if err != nil {
		return nil, fmt.Errorf("mgnet: model configuration: %w", err)
	}
	return m, Validate(m)
}

// Decode reads a model from JSON as [ParseConfig] does, without validating it.
func Decode(data []byte) (Model, error) { return decode(data, strictjson.TopKeys(data)) }

func decode(data []byte, keys map[string]json.RawMessage) (Model, error) {
	var of struct {
		Model string `json:"model"`
	}
	if keys == nil { // no object: the error says what it is
		return nil, strictjson.Decode(data, &of)
	}
	if _, ok := keys["model"]; !ok { // of a family that is not known: mgnet has most keys
		var m MgNet
		err := strictjson.Decode(data, &m)
		if err != nil && strictjson.StrangeTo(&m, keys) {
			err = fmt.Errorf("%w; want the keys of a model (model, height, width, …) or a run's whole config.json", err)
		}
		if err != nil {
			return nil, err
		}
	}
	if raw := keys["model"]; len(raw) > 0 {
		if err := strictjson.Decode(raw, &of.Model); err != nil {
			return nil, fmt.Errorf("key model: %w", err)
		}
	}
	f, err := lookupFamily(of.Model)
	if err != nil {
		return nil, err
	}
	return f.parse(data)
}

// HasKey reports whether the JSON of a model's family has a key.
func HasKey(m Model, key string) bool { return strictjson.Has(m, key) }

// With returns the model with other values for some keys of its JSON, not validated. A
// key that its family does not have is an error.
func With(m Model, values map[string]any) (Model, error) {
	f, err := lookupFamily(m.Sig().Family)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("mgnet: %w", err)
	}
	keys := strictjson.TopKeys(text)
	for key, v := range values {
		if keys[key], err = json.Marshal(v); err != nil {
			return nil, fmt.Errorf("mgnet: %s: %w", key, err)
		}
	}
	if text, err = json.Marshal(keys); err != nil {
		return nil, fmt.Errorf("mgnet: %w", err)
	}
	other, err := f.parse(text)
	if err != nil {
		return nil, fmt.Errorf("mgnet: model %q: %w", f.name, err)
	}
	return other, nil
}

// Validate reports the first invalid value of a model, nil included.
func Validate(m Model) error {
	var s Signature // of no model
	if m != nil {
		s = m.Sig()
	}
	if _, err := lookupFamily(s.Family); err != nil {
		return err
	}
	widest := 1024
	if s.Height == 1 { // a sequence, or the nodes of a graph
		widest = 1 << 20
	}
	err := firstError(
		within("height", s.Height, 1, 1024),
		within("width", s.Width, 1, widest),
		within("in_channels", s.InChannels, 1, 1<<14),
		within("classes", s.Classes, 1, 100000), // 1 for a number
		m.validate(),
	)
	if err != nil {
		return err
	}
	return validateSize(m)
}

// Parameters is the number of trained values; those of fixed operators do not count. A
// model that is not valid has 0. For MgNet with the operators of the paper it is
//
//	k²·C_in·c₁ + 2c₁ + Σ_l [9c_l²(α_l + β_l) + 4ν_l c_l]
//	  + Σ_{l<J} [18 c_l c_{l+1} + 4 c_{l+1}] + K(c_J + 1),
//
// with α_l, β_l the As and Bs of a level, here 1 or one a step ν_l; a V-cycle
// adds 9 c_l c_{l+1} for each P. A on the coarsest level counts, although with
// ν_J = 1 no residual after it needs it.
func Parameters(m Model) int {
	if Validate(m) != nil {
		return 0
	}
	return Layout(m).Parameters()
}

// oneOf reports a value that is not among the known ones.
func oneOf(key, value string, known ...string) error {
	if !slices.Contains(known, value) {
		return fmt.Errorf("mgnet: %s %q; known: %s", key, value, strings.TrimPrefix(strings.Join(known, ", "), ", "))
	}
	return nil
}

// within reports a value that is not from lo to hi.
func within(key string, value, lo, hi int) error {
	if value < lo || value > hi {
		return fmt.Errorf("mgnet: %s %d; want %d to %d", key, value, lo, hi)
	}
	return nil
}

// firstError is the first that is one.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// sortedKeys are a map's keys, in order: an error names the first.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
