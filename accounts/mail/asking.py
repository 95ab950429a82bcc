"""Does a text ask for what no text of ours ever asks for: a password, an account id, a card or a national number (S7)?

English and Spanish. A request is a word of giving and a word for the secret in one sentence, the first before the
second ("send me your password"), or the secret put as a question, a blank to fill in or a demand ("Card number: ____").
"We never ask for your password" is none: a negation right before the word of giving takes it back, and no other.
Invariant: spans are of the text as it was given, whatever was folded to look at it; no pattern is unbounded.
"""

import re
import unicodedata
from typing import NamedTuple


class Span(NamedTuple):
    """`text[start:end]` asks."""

    start: int
    end: int
    text: str


def _any(words: str) -> str:
    """Alternatives, two blanks or a line apart."""
    return "(?:" + "|".join(re.split(r"\s{2,}", words.strip())) + ")"


# Folded: lower case, without accents ("contraseña" is "contrasena").
GIVING = _any(r"""
    (?:re)?send(?:ing)?  reply(?:ing)?  respond(?:ing)?  answer(?:ing)?  tell(?:ing)?  giv(?:e|ing)  provid(?:e|ing)
    writ(?:e|ing)  enter(?:ing)?  typ(?:e|ing)  confirm(?:ing)?  verify(?:ing)?  validat(?:e|ing)  shar(?:e|ing)
    submit(?:ting)?  e-?mail(?:ing)?  text(?:ing)?  messag(?:e|ing)  let (?:me|us) (?:know|have)  need(?:s|ed)?
    require[sd]?  ask(?:s|ing)? (?:you )?for  fill in  includ(?:e|ing)  forward(?:ing)?  supply(?:ing)?  put  post
    update  call (?:me|us) with  want  request(?:s|ing)?  what(?:'s|’s| is| are| was)  hand over
    (?:re)?envi(?:e|ar|a|en|ame|enos|eme|ando|arnos|arme|adme)  mand(?:a|ame|e|eme|ar|en|anos|enos|arme|arnos)
    respond(?:e|a|er|an|iendo)  contest(?:a|e|ar|en|ando)  di(?:me|nos|game|ganos)  decir(?:me|nos)?  d[ae](?:me|nos)
    dar(?:me|nos)?  (?:proporcion|facilit)(?:e|a|ar|en|eme|enos|ame|anos|arnos)
    escrib(?:e|a|ir|an|eme|anos|ame|iendo)  introdu(?:ce|zca|cir|zcan)  ingres(?:e|a|ar|en)  tecle(?:e|a|ar|en)
    confirm(?:e|a|ar|en|ando)  verifi(?:que|ca|car|quen)  valid(?:e|a|ar|en)
    compart(?:e|a|ir|an|eme|anos|irme|irnos)  necesit(?:o|amos|a|an)  requer(?:imos|ir)  requieren?
    pid(?:o|e|en|a)  pedimos  pedir(?:te|le)?  solicit(?:o|amos|a|ar|an)  indi(?:que|ca|car|quen|canos|quenos)
    rellen(?:a|e|ar|en)  inclu(?:ye|ya|ir)  pon(?:ga|er|gan|me|nos)?  actuali(?:za|ce|zar|cen)  anot(?:a|e|ar|en)
    quiero  queremos  cual(?:es)? (?:es|son|era)  coloca  coloque  entreg(?:a|ue|ar|ame|uen)  pas[ae](?:me|nos)
""")
SECRET = _any(r"""
    pass ?-?words?  pass ?-?codes?  pass ?-?phrases?  passwd  credentials?
    (?:log|sign) ?-?in (?:details|data|information|info|credentials)
    (?:user|account|login|member|student|school) ?-?ids?  account (?:number|no\.?|identifier|details)s?
    (?:credit|debit|bank|payment)(?:/debit| or debit)? ?-?cards?(?: (?:numbers?|details|data))?
    card (?:numbers?|no\.?|details|data|information)  cvv2?  cvc2?  security code
    (?:bank|checking) account(?: (?:number|details)s?)?  routing number  iban
    social security(?: (?:number|no\.?|card))?s?  ssns?  national (?:id|identity|insurance)(?: (?:number|card))?s?
    id(?:entity|entification)?(?: card)? ?-?numbers?  identity cards?
    passport (?:numbers?|no\.?|details)  your passports?  driver'?s'? licen[cs]e(?: number)?s?
    (?:tax(?:payer)?|government|state) ?-?id(?: number)?s?  pins?(?: (?:code|number))?
    contrasenas?  claves? (?:de acceso|secretas?|personal(?:es)?)  (?:tu|su|vuestra) clave(?! de respuestas)
    palabras? de paso  datos de acceso  credenciales
    identificador(?:es)? de (?:cuenta|usuario)  (?:id|numero) de (?:la |tu |su )?(?:cuenta|usuario)(?: bancaria)?
    (?:numeros?|datos) de (?:la |tu |su )?tarjetas?(?: de (?:credito|debito))?
    tarjetas? de (?:credito|debito|identidad)  numeros? de (?:seguridad|seguro) social  seguro social  nss
    numeros? de identi(?:dad|ficacion)  documento (?:nacional )?de identidad  cedula(?: de (?:identidad|ciudadania))?
    dni  nie  nif  curp  rfc  numero de (?:dni|cedula|pasaporte)  (?:tu|su) pasaporte  licencia de conducir
    cuenta bancaria  codigo de seguridad
""")
NEGATION = _any(r"""
    never  not  don['’]?t  won['’]?t  doesn['’]?t  cannot  can['’]?t  without  nobody  no one  no
    nunca  jamas  nadie  ni  sin  tampoco
""")

GAP = r"[^.!?\n;]{0,70}?"  # within one sentence
REQUEST = re.compile(rf"\b{GIVING}\b{GAP}\b{SECRET}\b")
QUESTION = re.compile(
    rf"\b(?:your|tu|su|the|la|el) {SECRET}\s*(?:[,;]? ?(?:please|por favor)\b|\?)"
    rf"|\b{SECRET}\b {{0,3}}(?:\([^)\n]{{0,30}}\) {{0,3}})?[:=] {{0,3}}(?:_{{2,}}|\.{{3,}}|…|-{{3,}}|\[ ?\])"
    rf"|^\W{{0,5}}(?:(?:your|tu|su) )?{SECRET} ?[:=] ?$"  # a line of a form to fill in
    rf"|\b(?:your|tu|su) {SECRET} (?:is|are|es|son) (?:needed|required|necessary|necesari[oa]s?|obligatori[oa]s?)",
    re.MULTILINE,
)
TAKEN_BACK = re.compile(rf"\b{NEGATION}(?: [a-z'’]{{1,12}}){{0,2}} ?$")
LOOK_BACK = 45


def asks_for_secrets(text: str) -> list[Span]:
    """Every place that asks, in order; empty: it is a mail of ours. The text may be what people wrote."""
    folded, places = _folded(text)
    found: list[Span] = []
    for start, end in _asking(folded):
        first, last = places[start], places[end - 1] + 1
        if not found or first >= found[-1].end:
            found.append(Span(first, last, text[first:last]))
    return found


def _asking(folded: str) -> list[tuple[int, int]]:
    spans = [match.span() for match in QUESTION.finditer(folded)]
    position = 0
    while match := REQUEST.search(folded, position):
        if not TAKEN_BACK.search(folded[max(0, match.start() - LOOK_BACK) : match.start()]):
            spans.append(match.span())
        position = match.start() + 1
    return sorted(spans)


def _folded(text: str) -> tuple[str, list[int]]:
    """Lower case, without accents, invisible characters and repeated blanks; and where each character came from."""
    chars: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for part in unicodedata.normalize("NFKD", char).lower():
            if unicodedata.category(part) in ("Mn", "Cf", "Cc") and part not in "\n\t":
                continue
            part = " " if part in "\t " else part
            if part == " " and chars[-1:] == [" "]:
                continue
            chars.append(part)
            places.append(place)
    return "".join(chars), places
