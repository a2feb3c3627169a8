package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	structuraldefaulting "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	structurallisttype "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	schemaobjectmeta "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	apiservervalidation "k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

var extensionsScheme = runtime.NewScheme()

func init() {
	install.Install(extensionsScheme)
}

// index writes each definition of the sources, files or folders of YAML, to a file of its own.
func index(sources []string, folder string) error {
	for _, source := range sources {
		err := filepath.WalkDir(source, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(path)) {
				return err
			}
			return indexFile(path, folder)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func indexFile(path, folder string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	reader := utilyaml.NewYAMLReader(bufio.NewReader(file))
	for {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		definition := apiextensionsv1.CustomResourceDefinition{}
		if err := yaml.Unmarshal(text, &definition); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if definition.Kind != "CustomResourceDefinition" {
			continue
		}
		target := filepath.Join(folder, definition.Spec.Group, definition.Spec.Names.Kind+".json")
		if _, err := os.Stat(target); err == nil {
			return fmt.Errorf("%s: a second definition of %s; name one source of it", path, definition.Name)
		}
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		content, err := json.Marshal(definition)
		if err != nil {
			return err
		}
		if err := os.WriteFile(target, content, 0o644); err != nil {
			return err
		}
	}
}

// definitions reads those that are asked for.
type definitions struct {
	folders []string
	known   map[schema.GroupKind]*definition
}

type definition struct {
	resource *apiextensions.CustomResourceDefinition
	versions map[string]*version
}

type version struct {
	structural *structuralschema.Structural
	validator  apiservervalidation.SchemaValidator
	rules      *cel.Validator
}

func newDefinitions(folders []string) *definitions {
	return &definitions{folders, map[schema.GroupKind]*definition{}}
}

// find answers nil for a kind that none of the folders defines.
func (all *definitions) find(kind schema.GroupKind) (*definition, error) {
	if found, ok := all.known[kind]; ok {
		return found, nil
	}
	// a kind or group that is no name of a file is none of a definition either
	if strings.ContainsAny(kind.Group+kind.Kind, "/\\") {
		return nil, nil
	}
	for _, folder := range all.folders {
		text, err := os.ReadFile(filepath.Join(folder, kind.Group, kind.Kind+".json"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		external := apiextensionsv1.CustomResourceDefinition{}
		if err := json.Unmarshal(text, &external); err != nil {
			return nil, err
		}
		extensionsScheme.Default(&external)
		internal := &apiextensions.CustomResourceDefinition{}
		if err := extensionsScheme.Convert(&external, internal, nil); err != nil {
			return nil, err
		}
		all.known[kind] = &definition{internal, map[string]*version{}}
		return all.known[kind], nil
	}
	all.known[kind] = nil
	return nil, nil
}

func (d *definition) judge(kind schema.GroupVersionKind, subject *unstructured.Unstructured) []finding {
	named := slices.IndexFunc(d.resource.Spec.Versions, func(each apiextensions.CustomResourceDefinitionVersion) bool {
		return each.Name == kind.Version && each.Served
	})
	if named < 0 {
		return []finding{{"unknown-kind", "apiVersion", fmt.Sprintf("%s is not served, only %s", describe(kind), strings.Join(d.served(), ", "))}}
	}
	findings := []finding{}
	if named := d.resource.Spec.Versions[named]; named.Deprecated {
		message := describe(kind) + " is deprecated"
		if named.DeprecationWarning != nil {
			message = *named.DeprecationWarning
		}
		findings = append(findings, finding{"deprecated", "apiVersion", oneLine(message)})
	}
	version, err := d.version(kind.Version)
	if err != nil {
		return append(findings, finding{"unreadable", "", fmt.Sprintf("the definition of %s: %v", describe(kind), err)})
	}
	// What a server does with a new object: unknown fields, defaults, no status, then every rule of the schema.
	pruned := pruning.PruneWithOptions(subject.Object, version.structural, true, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	for _, path := range pruned {
		findings = append(findings, finding{"unknown-field", path, fmt.Sprintf("unknown field %q", path)})
	}
	structuraldefaulting.PruneNonNullableNullsWithoutDefaults(subject.Object, version.structural)
	structuraldefaulting.Default(subject.Object, version.structural)
	if subresources, err := apiextensions.GetSubresourcesForVersion(d.resource, kind.Version); err == nil && subresources != nil && subresources.Status != nil {
		delete(subject.Object, "status")
	}
	namespaced := d.resource.Spec.Scope == apiextensions.NamespaceScoped
	if namespaced && subject.GetNamespace() == "" {
		subject.SetNamespace("default")
	}
	faults := apivalidation.ValidateObjectMetaAccessor(subject, namespaced, apivalidation.NameIsDNSSubdomain, field.NewPath("metadata"))
	faults = append(faults, apiservervalidation.ValidateCustomResource(nil, subject.Object, version.validator)...)
	faults = append(faults, schemaobjectmeta.Validate(nil, subject.Object, version.structural, false)...)
	faults = append(faults, structurallisttype.ValidateListSetsAndMaps(nil, version.structural, subject.Object)...)
	// as in a server, rules are for objects of the right types
	if version.rules != nil && len(faults) == 0 {
		broken, _ := version.rules.Validate(context.Background(), nil, version.structural, subject.Object, nil, celconfig.RuntimeCELCostBudget)
		faults = append(faults, broken...)
	}
	return append(findings, fromFaults(faults)...)
}

func (d *definition) served() []string {
	names := []string{}
	for _, each := range d.resource.Spec.Versions {
		if each.Served {
			names = append(names, each.Name)
		}
	}
	return names
}

func (d *definition) version(name string) (*version, error) {
	if found, ok := d.versions[name]; ok {
		return found, nil
	}
	validation, err := apiextensions.GetSchemaForVersion(d.resource, name)
	if err != nil {
		return nil, err
	}
	if validation == nil || validation.OpenAPIV3Schema == nil {
		return nil, errors.New("it has no schema")
	}
	structural, err := structuralschema.NewStructural(validation.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	validator, _, err := apiservervalidation.NewSchemaValidator(validation.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	d.versions[name] = &version{structural, validator, cel.NewValidator(structural, true, celconfig.PerCallLimit)}
	return d.versions[name], nil
}
