"""Word lists of the matching model: titles, legal forms, short names. They generalise; no data set was used."""

from __future__ import annotations

# What stands before or after a name without being part of it.
HONORIFICS = frozenset(
    "mr mrs ms miss mx dr prof professor sir dame lord lady rev revd reverend hon rt right honourable capt captain col"
    " colonel major gen general lt lieutenant sgt herr frau monsieur madame mme mlle sr sra jr junior senior esq"
    " phd md mba obe mbe cbe kcb kbe qc kc baron baroness bart baronet count countess earl duke duchess viscount"
    " viscountess marquess father saint st of the".split()
)

# Legal forms and articles that different systems write differently or not at all.
LEGAL_FORMS = frozenset(
    "inc incorporated llc llp lp ltd limited plc corp corporation co company gmbh mbh ag kg kgaa ohg gbr ug ev eg"
    " sa sas sarl sl srl spa snc spzoo zoo oy oyj ab as asa aps bv nv cv vof sro kft zrt doo dd pty pte pvt bhd sdn"
    " holding holdings group the and".split()
)

# canonical name: what people are called for short. The first meaning only; a pet name maps to one name.
_SHORT_NAMES = """
abigail: abby abbie gail
albert: bert bertie al
alexander: alex alec aleck alick sandy sasha xander lex
alexandra: alexa sandra
alfred: alf alfie fred
andrew: andy drew andi
ann: anne anna annie nan nancy hannah
anthony: tony antony anton
arthur: art artie
barbara: barb babs barbie
benjamin: ben benji benny
bernard: bernie
catherine: katherine kathryn katharine kate katie kathy cathy kitty kathleen kay
charles: charlie chas chuck carl charley
charlotte: lottie charley
christina: chris tina christine chrissie
christopher: kit kris topher
daniel: dan danny
david: dave davy davey
deborah: debbie deb debra
donald: don donny
dorothy: dot dottie dolly
edmund: eddie ned ted
edward: ed ned ted teddy eddy eddie
eleanor: ellie nell nellie elinor
elizabeth: liz lizzie beth betty bess eliza elsie libby lisa elisabeth betsy
emily: em emmy
ernest: ernie
edwin: ed eddie ned win
eugene: gene
florence: flo flossie
frances: fanny fran
francis: frank frankie
frederick: freddie freddy frederic
gabriel: gabe
geoffrey: geoff jeff jeffrey
george: georgie
gerald: gerry jerry
gilbert: gil
gregory: greg
harold: hal
helen: nell ellen
henry: harry hank hal
herbert: herb bert
hugh: hughie huw
jacob: jake
jacqueline: jackie
james: jim jimmy jamie jem jacob seamus hamish
jane: jennie janet
jennifer: jen jenny
jessica: jess jessie
john: jack johnny jon ian johnnie evan ifan sean
jonathan: jonny
joseph: joe joey
josephine: jo josie
joshua: josh
judith: judy
kenneth: ken kenny
laura: lora laurie
laurence: lawrence larry laurie lawrie
leonard: len lenny leo
lewis: louis lou lewie
lucy: lucie lucilla
margaret: maggie meg peggy margie madge greta daisy
martha: patty
martin: marty
mary: molly polly marie maria mae
matthew: matt
maurice: morris
maximilian: max
michael: mike mick micky mickey mikey
mildred: millie
natalie: nat
nathaniel: nathan nate
nicholas: nick nicky nicolas
oliver: ollie
pamela: pam
patricia: pat patsy tricia trish
patrick: paddy
percival: percy
peter: pete
philip: phil phillip
rebecca: becky becca
reginald: reg reggie
richard: rick dick ricky rich richie
robert: bob rob rupert bobby robbie robin bert
roderick: rod rory
roger: rodge
ronald: ron ronnie
samantha: sammy
samuel: sam
sarah: sally sadie
sidney: sid sydney
stanley: stan
stephen: steven steve stevie
susan: sue susie suzanne susanna
sylvester: syl
terence: terry
theodore: theo
theresa: tess teresa terri
thomas: tom tommy thos
timothy: tim timmy
victoria: vicky vicki
vincent: vince
virginia: ginny
walter: wally walt
wilfred: wilf
william: gwilym bill billy will willie liam willy wm
winifred: winnie
zachary: zach zack
"""


def all_forms() -> dict[str, set[str]]:
    """{form: every name it may be short for}: Eddie is Edward or Edmund."""
    names: dict[str, set[str]] = {}
    for line in _SHORT_NAMES.strip().splitlines():
        canonical, _, forms = line.partition(":")
        for form in (canonical, *forms.split()):
            names.setdefault(form, set()).add(canonical)
    return names


def short_names() -> dict[str, str]:
    """{short or other form: canonical name}; the first line that names a form keeps it."""
    names: dict[str, str] = {}
    for line in _SHORT_NAMES.strip().splitlines():
        canonical, _, forms = line.partition(":")
        for form in forms.split():
            names.setdefault(form, canonical)
    return {form: canonical for form, canonical in names.items() if form != canonical}
