/** Entry of Make a key. */

import "../../ui/forms.css";
import "./key.css";
import { mountShell } from "../../ui/shell.ts";
import { KeyPage, TITLE } from "./page.ts";

new KeyPage(mountShell("key", TITLE));
