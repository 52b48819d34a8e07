"""Nuke's own names, laid out as in types-nuke; everything else is refused by there being none."""

from tests.nuke.stand_in import facts as _facts
from tests.nuke.stand_in import flags as _flags
from tests.nuke.stand_in.execute import execute, executeMultiple
from tests.nuke.stand_in.facts import (
    REPLACE,
    GlobalsEnvironment,
    Layer,
    addFormat,
    addView,
    channels,
    clearRAMCache,
    deleteView,
    executing,
    expression,
    filename,
    formats,
    frame,
    layers,
    modified,
    script_directory,
    thisView,
    value,
    views,
)
from tests.nuke.stand_in.formats import Format
from tests.nuke.stand_in.frame_ranges import FrameRange, FrameRanges
from tests.nuke.stand_in.graph import (
    Nodes,
    allNodes,
    createNode,
    delete,
    dependencies,
    exists,
    root,
    selectedNode,
    selectedNodes,
    thisClass,
    thisGroup,
    thisKnob,
    thisNode,
    thisParent,
    thisRoot,
    toNode,
)
from tests.nuke.stand_in.knobs.base import Knob
from tests.nuke.stand_in.knobs.channels import Channel_Knob, ChannelMask_Knob, Format_Knob
from tests.nuke.stand_in.knobs.choices import (
    CascadingEnumeration_Knob,
    Enumeration_Knob,
    OneView_Knob,
    Pulldown_Knob,
    Radio_Knob,
)
from tests.nuke.stand_in.knobs.layout import (
    TABBEGINCLOSEDGROUP,
    TABBEGINGROUP,
    TABENDGROUP,
    TABKNOB,
    BeginTabGroup_Knob,
    EndTabGroup_Knob,
    Link_Knob,
    Obsolete_Knob,
    Tab_Knob,
    Text_Knob,
)
from tests.nuke.stand_in.knobs.numbers import (
    AColor_Knob,
    Array_Knob,
    BBox_Knob,
    Boolean_Knob,
    Color_Knob,
    ColorChip_Knob,
    Disable_Knob,
    Double_Knob,
    Int_Knob,
    Unsigned_Knob,
    WH_Knob,
    XY_Knob,
)
from tests.nuke.stand_in.knobs.text import (
    EvalString_Knob,
    File_Knob,
    Font_Knob,
    Multiline_Eval_String_Knob,
    PyScript_Knob,
    PythonKnob,
    Script_Knob,
    String_Knob,
)
from tests.nuke.stand_in.knobs.views import MultiView_Knob
from tests.nuke.stand_in.menus import Menu, MenuItem, menu, toolbar
from tests.nuke.stand_in.nodes.group import Gizmo, Group
from tests.nuke.stand_in.nodes.node import (
    EXPRESSIONS,
    HIDDEN_INPUTS,
    INPUTS,
    LINKINPUTS,
    Node,
)
from tests.nuke.stand_in.nodes.picture_facts import Info
from tests.nuke.stand_in.nodes.root import Root
from tests.nuke.stand_in.plugins import pluginPath
from tests.nuke.stand_in.progress import (
    ProgressTask,
    Undo,
    alert,
    ask,
    critical,
    debug,
    error,
    message,
    tprint,
    warning,
)
from tests.nuke.stand_in.script_files import (
    nodeCopy,
    nodePaste,
    scriptClear,
    scriptClose,
    scriptName,
    scriptOpen,
    scriptReadFile,
    scriptReadText,
    scriptSave,
    scriptSaveAs,
)
from tests.nuke.stand_in.script_writer import (
    TO_SCRIPT,
    TO_VALUE,
    WRITE_ALL,
    WRITE_NON_DEFAULT_ONLY,
    WRITE_USER_KNOB_DEFS,
)
from tests.nuke.stand_in.session import current as _current

_session = _current()
_major, _minor, _release = _session.version

GUI = _session.gui
INTERACTIVE = _session.gui
NUKE_VERSION_MAJOR, NUKE_VERSION_MINOR, NUKE_VERSION_RELEASE = _session.version
NUKE_VERSION_STRING = f"{_major}.{_minor}v{_release}"
EXE_PATH = _session.program
rawArgs = [EXE_PATH, *_session.argv]
env = GlobalsEnvironment()
nodes = Nodes()
tcl = _facts.tcl_command
STARTLINE = _flags.BITS["STARTLINE"]
ENDLINE = _flags.BITS["ENDLINE"]
INVISIBLE = _flags.BITS["INVISIBLE"]
DISABLED = _flags.BITS["DISABLED"]
DO_NOT_WRITE = _flags.BITS["DO_NOT_WRITE"]
ALWAYS_SAVE = _flags.BITS["ALWAYS_SAVE"]
NO_ANIMATION = _flags.BITS["NO_ANIMATION"]
NO_UNDO = _flags.BITS["NO_UNDO"]
NO_MULTIVIEW = _flags.BITS["NO_MULTIVIEW"]
READ_ONLY = _flags.BITS["READ_ONLY"]
KNOB_CHANGED_RECURSIVE = _flags.BITS["KNOB_CHANGED_RECURSIVE"]
NO_CHECKMARKS = _flags.BITS["NO_CHECKMARKS"]
