"""English words whose forms no rule gives."""

from __future__ import annotations

# Each line: the lemma, then its forms. A typed form stands for the whole line, unless it is also a word of its own.
VERBS = """
agree agrees agreed agreeing
arise arises arose arisen arising
awake awakes awoke awoken awaking
be am is are was were been being
axe axes axed axing
base bases based basing
bear bears bore borne born bearing
beat beats beat beaten beating
become becomes became becoming
begin begins began begun beginning
bend bends bent bending
bet bets bet betting
bid bids bade bidden bidding
bind binds bound binding
bite bites bit bitten biting
bleed bleeds bled bleeding
blow blows blew blown blowing
break breaks broke broken breaking
breed breeds bred breeding
bring brings brought bringing
broadcast broadcasts broadcasted broadcasting
build builds built building
burn burns burnt burned burning
burst bursts bursting
buy buys bought buying
cast casts casting
catch catches caught catching
choose chooses chose chosen choosing
cling clings clung clinging
come comes came coming
cost costs costed costing
creep creeps crept creeping
cut cuts cutting
deal deals dealt dealing
decree decrees decreed decreeing
die dies died dying
dig digs dug digging
disagree disagrees disagreed disagreeing
do does did done doing
draw draws drew drawn drawing
dream dreams dreamt dreamed dreaming
drink drinks drank drunk drinking
drive drives drove driven driving
dwell dwells dwelt dwelled dwelling
eat eats ate eaten eating
fall falls fell fallen falling
feed feeds fed feeding
feel feels felt feeling
fight fights fought fighting
find finds found finding
flee flees fled fleeing
fling flings flung flinging
fly flies flew flown flying
forbid forbids forbade forbidden forbidding
forecast forecasts forecasted forecasting
foresee foresees foresaw foreseen foreseeing
forget forgets forgot forgotten forgetting
forgive forgives forgave forgiven forgiving
freeze freezes froze frozen freezing
get gets got gotten getting
give gives gave given giving
go goes went gone going
grow grows grew grown growing
hang hangs hung hanged hanging
guarantee guarantees guaranteed guaranteeing
have has had having
hear hears heard hearing
hide hides hid hidden hiding
hit hits hitting
hold holds held holding
hurt hurts hurting
keep keeps kept keeping
kneel kneels knelt kneeled kneeling
know knows knew known knowing
lay lays laid laying
lead leads led leading
lean leans leant leaned leaning
leap leaps leapt leaped leaping
learn learns learnt learned learning
leave leaves left leaving
lend lends lent lending
let lets letting
lie lies lied lain lying
light lights lit lighted lighting
live lives lived living
lose loses lost losing
make makes made making
mean means meant meaning
meet meets met meeting
mislead misleads misled misleading
mistake mistakes mistook mistaken mistaking
overcome overcomes overcame overcoming
overrun overruns overran overrunning
oversee oversees oversaw overseen overseeing
overthrow overthrows overthrew overthrown overthrowing
partake partakes partook partaken partaking
pay pays paid paying
plead pleads pled pleaded pleading
prove proves proved proven proving
put puts putting
quit quits quitted quitting
read reads reading
rebuild rebuilds rebuilt rebuilding
retake retakes retook retaken retaking
rid rids ridding
ride rides rode ridden riding
ring rings rang rung ringing
rise rises rose risen rising
run runs ran running
say says said saying
see sees saw seen seeing
seek seeks sought seeking
sell sells sold selling
send sends sent sending
set sets setting
shake shakes shook shaken shaking
shed sheds shedding
shine shines shone shined shining
shoot shoots shot shooting
show shows showed shown showing
shrink shrinks shrank shrunk shrinking
shut shuts shutting
sing sings sang sung singing
sink sinks sank sunk sunken sinking
sit sits sat sitting
sleep sleeps slept sleeping
slide slides slid sliding
speak speaks spoke spoken speaking
speed speeds sped speeded speeding
spend spends spent spending
spill spills spilt spilled spilling
spin spins spun spinning
split splits splitting
spread spreads spreading
spring springs sprang sprung springing
stand stands stood standing
steal steals stole stolen stealing
stick sticks stuck sticking
sting stings stung stinging
strike strikes struck stricken striking
strive strives strove striven striving
swear swears swore sworn swearing
sweep sweeps swept sweeping
swell swells swelled swollen swelling
swim swims swam swum swimming
swing swings swung swinging
take takes took taken taking
teach teaches taught teaching
tear tears tore torn tearing
tell tells told telling
think thinks thought thinking
throw throws threw thrown throwing
thrust thrusts thrusting
tie ties tied tying
undergo undergoes underwent undergone undergoing
understand understands understood understanding
undertake undertakes undertook undertaken undertaking
undo undoes undid undone undoing
uphold upholds upheld upholding
upset upsets upsetting
wake wakes woke woken waking
wear wears wore worn wearing
weave weaves wove woven weaving
weep weeps wept weeping
win wins won winning
wind winds winding
withdraw withdraws withdrew withdrawn withdrawing
withhold withholds withheld withholding
withstand withstands withstood withstanding
write writes wrote written writing
"""
NOUNS = """
analysis analyses
axis axes
basis bases
child children
crisis crises
criterion criteria
foot feet
half halves
hypothesis hypotheses
knife knives
leaf leaves
life lives
loaf loaves
man men
mouse mice
nucleus nuclei
ox oxen
person persons
phenomenon phenomena
referendum referendums referenda
self selves
shelf shelves
stimulus stimuli
thesis theses
thief thieves
tooth teeth
wife wives
wolf wolves
woman women
"""
ADJECTIVES = """
good better best
bad worse worst
far farther farthest further furthest
new newer newest
few fewer fewest
little littler littlest
free freer freest frees freed freeing
big bigger biggest
"""
# Take -er and -est; nouns and verbs do not, or strike would find striker and bomb bomber.
_COMPARED = """
angry bloody bold brief bright broad calm cheap clean clear close cold cool costly cruel dark dead deadly dear deep
dense dirty dry early easy fair fast fierce fine firm fit fresh full grave great grim happy hard harsh healthy heavy
high hot huge hungry keen kind large late lengthy likely long loud low lucky mild narrow near neat nice old poor
proud pure quick quiet rare rich risky rough sad safe severe shallow sharp short simple slight slow small smart
smooth soft soon stark steady steep stiff strict strong swift tall tense thick thin tight tiny tough true ugly vague
vast warm weak wealthy weird wet wide wild wise young
"""
# Past forms that are words of their own, too: typed, they stand for that word and not for the verb.
_OWN_WORDS = "best better bit bore born bound felt found further last lay left lit rose saw wound"
# Not inflected: nobody means "others" by other or "goods" by good; and plurals that are no plurals.
_FIXED = """
and any but for from her here hers him his how its nor not off one only other our ours over she than that the
their them then there these they this those though thus too until upon very what when where which while who whom
whose why will with would yet you your about above across after again against all almost along already also
although always among because before behind below beneath beside besides between both could during each either
else ever every into itself just least less many may might more most much must neither never once onto ought
perhaps rather same shall should since some such through toward towards under unless up us without arms customs
goods headquarters means media news series species thanks yesterday today tomorrow
"""
# They end like a plural or a past, but are not.
_WHOLE = """
alias atlas bias canvas chaos corps diabetes embed hatred hundred kindred lens naked overseas rabies rugged sacred
wicked
"""

COMPARED = frozenset(_COMPARED.split())
OWN_WORDS = frozenset(_OWN_WORDS.split())
FIXED = frozenset(_FIXED.split())
WHOLE = frozenset(_WHOLE.split())
