# Cuts an OpenAPI description to some operations and to what these refer to, without prose and examples:
#
#	jq -S --tab -f cut.jq DESCRIPTION.json --args 'GET /repos/{owner}/{repo}' …

# lean drops what does not matter to a validator. Names of properties are kept, whatever they are.
def lean:
  if type == "object" then
    with_entries(select(
      (.key | test("^(x-.*|example|examples|externalDocs|headers|security|summary|tags|title)$") | not)
      and (.key != "description" or (.value | type) != "string")
    ) | if .key == "properties" then .value |= map_values(lean) else .value |= lean end)
  elif type == "array" then map(lean)
  else . end;

def refs: [.. | objects | .["$ref"]? | strings | ltrimstr("#/") | split("/")] | unique;

# close adds what is referred to, until nothing is missing.
def close($all):
  [refs[] as $path | select(getpath($path) == null) | $path] as $missing
  | if $missing == [] then . else reduce $missing[] as $path (.; setpath($path; $all | getpath($path) | lean)) | close($all) end;

. as $all
| {info: {title: .info.title, version: .info.version, license: .info.license}}
+ with_entries(select(.key | IN("openapi", "swagger", "basePath", "consumes", "produces")))
| reduce ($ARGS.positional[] | split(" ")) as [$method, $path] (.;
    setpath(["paths", $path, ($method | ascii_downcase)]; $all.paths[$path][$method | ascii_downcase] | lean)
    | if $all.paths[$path].parameters then .paths[$path].parameters = ($all.paths[$path].parameters | lean) else . end)
| close($all)
# kin-openapi wants a description of each response.
| (.paths[][] | objects | .responses[]? | select(has("$ref") | not)) |= {description: ""} + .
| if .components.responses then .components.responses[] |= {description: ""} + . else . end
| if .responses then .responses[] |= {description: ""} + . else . end
