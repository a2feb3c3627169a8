package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

func judge(documents []document, definitions *definitions) []judged {
	objects := []judged{}
	for _, doc := range documents {
		reader := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(doc.Text)))
		for {
			text, err := reader.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				objects = append(objects, judged{doc.Name, map[string]any{}, []finding{{"unreadable", "", err.Error()}}})
				break
			}
			object := map[string]any{}
			// as a server decodes: a key that is given twice is refused
			if err := yaml.UnmarshalStrict(text, &object); err != nil {
				objects = append(objects, judged{doc.Name, object, []finding{{"unreadable", "", err.Error()}}})
				continue
			}
			if len(object) == 0 {
				continue
			}
			objects = append(objects, judged{doc.Name, object, judgeObject(object, text, definitions)})
		}
	}
	return objects
}

func judgeObject(object map[string]any, text []byte, definitions *definitions) []finding {
	subject := &unstructured.Unstructured{Object: object}
	kind := subject.GroupVersionKind()
	if kind.Kind == "" || kind.Version == "" {
		return []finding{{"unreadable", "", "has no apiVersion or no kind"}}
	}
	if isBuiltIn(kind.Group) {
		return judgeBuiltIn(kind, text)
	}
	definition, err := definitions.find(kind.GroupKind())
	if err != nil {
		return []finding{{"unreadable", "", err.Error()}}
	}
	if definition == nil {
		return []finding{{"unknown-kind", "apiVersion", fmt.Sprintf("no definition of %s is known", describe(kind))}}
	}
	return definition.judge(kind, subject.DeepCopy())
}

func describe(kind schema.GroupVersionKind) string {
	return fmt.Sprintf("%s %s", kind.GroupVersion(), kind.Kind)
}

// oneLine keeps what a server says on one line.
func oneLine(text string) string {
	return strings.Join(strings.Fields(text), " ")
}
