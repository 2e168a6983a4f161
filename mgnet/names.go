package mgnet

// What a PyTorch state_dict calls the modules of each model.

// Names are those of code that is in use, where that code has the network:
//
//	mgnet   XuTeam/MgNet_Code, mgnet.py. Levels count from 0, a restriction is the
//	        first module of the level it leads to, and a shared operator is listed
//	        with every module that has it:
//	          conv1, bn1                            stem
//	          layer{l}.{i}.A, B, bn1, bn2           step
//	          layer{l}.0.A_old, A_conv              A of the level before and of this one
//	          layer{l}.0.Pi_conv, bn1, R_conv, bn2  Π and R with their norms
//	          fc                                    head
//	resnet  torchvision: conv1, bn1, layer1.0.conv1 (our B), bn1, conv2 (A), bn2,
//	        downsample.0 (R), downsample.1 (its norm), fc
//	preact  kuangliu/pytorch-cifar: the same with shortcut for downsample and linear
//	        for fc. A file that is read may have either of the two
//
// What these do not have is named in their manner:
//
//	share_a "step"   A u is not formed, so a restriction of mgnet has no A_old, A_conv
//	depthwise        A and B are Conv2d with as many groups as channels
//	cycle "v"        the way up is up{l}.0.P, and .A with share_a "step", then steps
//	cnn              conv1, bn1; layer{l}.0.R_conv, then steps layer{l}.{i}.conv, bn1; fc
//	layers           layer{i}, a Conv2d or Linear, with its bias; norm{i} where there is
//	                 one, act{i}. Rows of a linear map of a picture are those of its C, H, W
//	norm "none"      a module with a bias alone in place of a norm
//	whiten           whiten, with its bias, and act0
//	share_b "level"  of resnet and preact: the way down, R and its norm, is a module
//	                 of its own, layer{l}.0.downsample, with the steps from 1 on
//	activations      act1 behind bn1, act2 behind bn2 (behind the norm in a downsample
//	                 "2"): the slopes of PReLU; the support of the hat, which all
//	                 modules of a level share
//
// The code runs mgnet in its residual form; the same weights in the form that
// carries u and f give the same scores.

import (
	"fmt"
	"slices"
	"strings"
)

// Module is a row of the table: a module in PyTorch and what it is here, a
// parameter, a norm or a head. picture is H, W, C of what a linear map reads.
type Module struct {
	Torch, Ours string
	Picture     []int
}

// Modules is the table of a network, a row for each name, which is all that a new
// model needs here; nil for a model that has none.
func (n *Network) Modules() []Module {
	switch n.Config.Model {
	case "mgnet":
		return n.mgnetModules()
	case "resnet":
		return n.residualModules("downsample", "fc")
	case "preact":
		return n.residualModules("shortcut", "linear")
	case "cnn":
		return n.cnnModules()
	case "layers":
		return n.layersModules()
	}
	return nil
}

type table []Module

// add adds a row.
func (t *table) add(torch, ours string) { *t = append(*t, Module{Torch: torch, Ours: ours}) }

// stem adds what is before the first level.
func (t *table) stem(s stem) {
	if s.white != nil {
		t.add("whiten", s.white.Name)
		t.add("whiten", "whiten")
		if s.whiteTheta != nil {
			t.add("act0", s.whiteTheta.Name)
		}
	}
	t.add("conv1", s.conv.Name)
	if s.norm != nil {
		t.norm("bn1", "act1", s.norm)
	}
}

// norm adds a norm with the activation behind it, if that has a parameter.
func (t *table) norm(torch, activation string, b *Norm) {
	t.add(torch, b.Name)
	if b.Theta != nil {
		t.add(activation, b.Theta.Name)
	}
}

// norms adds both of a step or a restriction.
func (t *table) norms(prefix string, first, second *Norm) {
	t.norm(prefix+"bn1", prefix+"act1", first)
	t.norm(prefix+"bn2", prefix+"act2", second)
}

// mgnetModules is the table of mgnet.
func (n *Network) mgnetModules() (t table) {
	c := n.Config
	t.stem(n.stem)
	step := func(prefix string, lv level, k int) {
		t.add(prefix+"A", lv.a[k%len(lv.a)].Name)
		t.add(prefix+"B", lv.b[k%len(lv.b)].Name)
		t.norms(prefix, lv.sigma1[k], lv.sigma2[k])
	}
	for l, lv := range n.levels {
		first := 0
		if l > 0 {
			first = 1
			prefix, before := fmt.Sprintf("layer%d.0.", l), n.levels[l-1]
			if c.ShareA != "step" {
				t.add(prefix+"A_old", before.a[0].Name)
				t.add(prefix+"A_conv", lv.a[0].Name)
			}
			if before.pi != nil {
				t.add(prefix+"Pi_conv", before.pi.Name)
			}
			if before.r != nil {
				t.add(prefix+"R_conv", before.r.Name)
			}
			if before.sigmaP != nil {
				t.norm(prefix+"bn1", prefix+"act1", before.sigmaP)
			}
			t.norm(prefix+"bn2", prefix+"act2", before.sigmaR)
		}
		for k := range c.Smoothings[l] {
			step(fmt.Sprintf("layer%d.%d.", l, first+k), lv, k)
		}
	}
	for l, lv := range slices.Backward(n.levels) {
		if lv.p == nil {
			continue
		}
		t.add(fmt.Sprintf("up%d.0.P", l), lv.p.Name)
		if c.ShareA == "step" {
			t.add(fmt.Sprintf("up%d.0.A", l), lv.a[c.Smoothings[l]].Name)
		}
		for k := range c.Smoothings[l] {
			step(fmt.Sprintf("up%d.%d.", l, 1+k), lv, c.Smoothings[l]+k)
		}
	}
	t.add("fc", "head")
	return t
}

// residualModules is the table of resnet and preact, by what each calls two modules.
func (n *Network) residualModules(skip, head string) (t table) {
	t.stem(n.stem)
	for l, lv := range n.levels {
		down := func() {
			prefix := fmt.Sprintf("layer%d.0.%s.", l+1, skip)
			t.add(prefix+"0", lv.r.Name)
			if lv.sigmaR != nil {
				t.norm(prefix+"1", prefix+"2", lv.sigmaR)
			}
		}
		first := 0
		if l > 0 && !n.Config.strided(l) {
			first = 1
			down()
		}
		for k := range n.Config.Smoothings[l] {
			prefix := fmt.Sprintf("layer%d.%d.", l+1, first+k)
			t.add(prefix+"conv1", lv.b[k%len(lv.b)].Name)
			t.add(prefix+"conv2", lv.a[k%len(lv.a)].Name)
			t.norms(prefix, lv.sigma1[k], lv.sigma2[k])
			if k == 0 && n.Config.strided(l) {
				down()
			}
		}
	}
	t.add(head, "head")
	return t
}

// cnnModules is the table of cnn.
func (n *Network) cnnModules() (t table) {
	t.stem(n.stem)
	for l, lv := range n.levels {
		first := 0
		if l > 0 {
			first = 1
			if r := n.levels[l-1].r; r != nil {
				t.add(fmt.Sprintf("layer%d.0.R_conv", l), r.Name)
			}
		}
		for k, theta := range lv.b {
			prefix := fmt.Sprintf("layer%d.%d.", l, first+k)
			t.add(prefix+"conv", theta.Name)
			t.norm(prefix+"bn1", prefix+"act1", lv.sigma2[k])
		}
	}
	t.add("fc", "head")
	return t
}

// layersModules is the table of layers.
func (n *Network) layersModules() (t table) {
	for i, l := range n.layers {
		name, act := fmt.Sprintf("layer%d", i), fmt.Sprintf("act%d", i)
		switch {
		case l.norm != nil && l.norm.Stats == nil:
			t.add(name, l.w.Name)
			t.norm(name, act, l.norm)
		case l.norm != nil:
			t.add(name, l.w.Name)
			t.norm(fmt.Sprintf("norm%d", i), act, l.norm)
		case l.w != nil:
			t = append(t, Module{name, strings.TrimSuffix(l.w.Name, ".w"), []int{l.in.H, l.in.W, l.in.C}})
			if l.theta != nil {
				t.add(act, l.theta.Name)
			}
		}
	}
	return t
}
