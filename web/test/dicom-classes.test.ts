import { expect, test } from "vitest";
import { sopClassName } from "../src/dicom/sopClasses.ts";
import { python } from "./python.ts";

test("classes of objects have the names that PS3.6 gives them", () => {
  const program = `
import json
from pydicom._uid_dict import UID_dictionary as known
root = "1.2.840.10008.5.1.4."
storage = {uid: each[0] for uid, each in known.items() if each[1] == "SOP Class" and "Storage" in each[0]}
print(json.dumps({uid: name for uid, name in storage.items() if uid.startswith(root)}))
`;
  const names = Object.entries(JSON.parse(python(program).toString()) as Record<string, string>);
  expect(names.length).toBeGreaterThan(150);
  for (const [uid, name] of names) expect(sopClassName(uid)).toBe(name);
  expect(sopClassName("1.2.3")).toBe("1.2.3");
});
