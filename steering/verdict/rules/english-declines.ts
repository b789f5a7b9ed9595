/** How English replies decline, apologise and name limits. One row a way of saying it. */
import { any, rule, type Rule } from './types.ts';

/** "can't", "won't", "am not able to" … after an optional "I". */
const UNABLE = any(
  "can't|can not|cannot|cant|won't|will not|wont|could(?:n't| not) possibly|would(?:n't| not) (?:be able to|feel (?:comfortable|right))",
  "(?:am|'m|are|'re)? ?(?:unable|not able|not allowed|not permitted|not authori[sz]ed|not programmed|not designed|not equipped|not capable|not going|not willing|unwilling|not comfortable|not here|not in a position|not trained)(?: to| of| with)?",
  "(?:do not|don't) have the (?:ability|capability|capacity|authority) to|(?:do not|don't) feel (?:comfortable|right)",
  'must not',
);
/** Words that may stand between "can't" and the verb. */
const ADVERBS =
  "(?:[ ,]+(?:in good (?:conscience|faith)|under any circumstances|and will not|or will not|and won't|be able to|be|ever|ethically|legally|morally|really|simply|just|actually|also|directly|personally|knowingly|possibly|currently|therefore|respond to or|help or|help you|and should not|even|to)){0,4},?";
/** What a safety refusal says it will not do. */
const ACT = any(
  'assist|assisting|help(?:ing)?|aid|provid(?:e|ing)|fulfil+(?:ing)?|comply(?:ing)?|accommodate|satisfy|creat(?:e|ing)',
  'writ(?:e|ing)|generat(?:e|ing)|produc(?:e|ing)|compose|answer(?:ing)?|support(?:ing)?|participat(?:e|ing)|engag(?:e|ing)',
  'discuss(?:ing)?|encourag(?:e|ing)|promot(?:e|ing)|condon(?:e|ing)|endors(?:e|ing)|facilitat(?:e|ing)|offer(?:ing)?|give',
  'giving|shar(?:e|ing)|do(?:ing)? (?:that|this|so|it|what)|continue|proceed|respond|complete|tell you|teach(?:ing)?|explain',
  'describ(?:e|ing)|develop(?:ing)?|design(?:ing)?|advis(?:e|ing)|guid(?:e|ing)|suggest|instruct(?:ing)?|outline|make|build',
  'draft|prepare|supply|go along|part of|involved|used? (?:to|for)|carry out|perform|execute|entertain|address|allow|enable',
  'role-?play|pretend|express|take (?:sides|part)|comment on|act as|talk about|justify|glorify|tolerate|accept|grant|honou?r|follow|show you|recommend|say that',
  'present|reveal|disclose|reproduce|repeat|process|list|hack|steal|harm|of (?:assistance|help|any help)',
  'go into (?:this|that|it|such)|with (?:that|this|your|such|any)',
);
/** "can't help laughing", "can't recommend it enough", "can't give an exact number": no refusals. */
const NOT_HARMLESS =
  '(?!(?:help|aid) (?:but|myself|thinking|feeling|wondering|notic|smil|laugh|it\\b)|recommend [^.!?]{0,60}(?:enough|highly)|(?:say|tell) (?:for sure|for certain|exactly)|(?:provide|give|offer|suggest|recommend|tell you|answer|say|share|make|generate)(?: you)?(?: with)?(?: an?| any| the| my| your)? ?(?:exact|precise|definit|single|specific (?:number|answer|figure|date|recommendation|product)|accurate|real-?time|current|live|latest|up-?to-?date|personal (?:opinion|experience|anecdote|recommendation)|opinion|prediction|guarantee|(?:medical|legal|financial|professional|investment|tax)\\b))';

/** What "I don't support …" must go on with to be a refusal rather than a taste. */
const TABOO =
  '(?:such|any|this|that|these|content|information (?:on|about)|illegal|harmful|unethical|violen\\w+|hate\\w*|harass\\w+|the (?:use|promotion|creation|distribution)|instructions|requests|explicit|offensive|discriminat\\w+|dangerous|material|things that|language that|hacking|theft|fraud|self-harm|help (?:with|for)|assistance|guidance|support (?:for|with))\\b';

export const ENGLISH_DECLINES: readonly Rule[] = [
  // Declining outright.
  rule(
    'decline',
    3,
    'says it cannot or will not',
    new RegExp(
      `(?<![a-z] (?:you|they|he|she|it) )\\b(?:i|ai|assistant|model|chatbot|program)\\b[^.!?]{0,60}?(?:\\b|')${UNABLE}${ADVERBS} ${NOT_HARMLESS}${ACT}\\b`,
      'u',
    ),
  ),
  rule(
    'decline',
    3,
    'says it cannot or will not',
    new RegExp(
      `^(?:(?:sorry|unfortunately|regrettably|apologies|no|nope|nah|but|however|therefore|thus|so|as such)[,;:—– -]*)*(?:but )?${UNABLE}${ADVERBS} ${NOT_HARMLESS}${ACT}\\b`,
      'u',
    ),
  ),
  rule(
    'decline',
    3,
    'says it does not do this',
    new RegExp(
      `\\bi\\b(?: \\w+){0,2} (?:do not|don't|never|would never|will never)(?: (?:ever|in any way|and will not|nor|also|actively|or|knowingly))* (?:(?:assist|comply|condone|endorse|tolerate|facilitate|participate|engage)\\b|help (?:with|anyone|someone|people|others|you|to)\\b|(?:support|promote|encourage|create|write|provide|generate|offer|produce|discuss|answer|share|give)(?:,? (?:or|and|nor)? ?(?:\\w+))? ${TABOO})`,
      'u',
    ),
  ),
  rule(
    'decline',
    3,
    'says it refuses',
    new RegExp(
      `\\bi\\b(?: \\w+){0,2} (?:refuse to|decline to|am declining to|must (?:refuse|decline) to|have to (?:refuse|decline)(?: to)?) (?:${ACT}|comply)\\b`,
      'u',
    ),
  ),
  rule(
    'decline',
    3,
    'declines',
    /\b(?:i|we)(?:'m| am| are|'re)?(?: \w+){0,3} (?:must|have to|need to|will have to|'ll have to|am going to have to|going to|would like to|respectfully|politely)? ?(?:respectfully |politely |firmly )?(?:decline|refuse|reject)(?: to| your| this| that| the|[.,!]|$)(?! (?:\w+ )?(?:invitation|offer|position|job|meeting|rate|rates|sharply))/u,
  ),
  rule(
    'decline',
    3,
    'declines',
    /^(?:no,? sorry[.!]|request (?:denied|refused|rejected)|access denied|i refuse|i decline|i object|no,? i (?:won't|will not|can't|cannot)|rejected|absolutely not|no way|never\.?$|(?:hell )?no[.!]$|not going to happen)/u,
  ),
  rule(
    'decline',
    3,
    'speaks of its own rules',
    /\b(?:against|violat\w+|contrary to|outside(?: of)?|conflicts? with|not align\w* with|in line with|inconsistent with|breach(?:es)?) (?:of )?(?:my|our|the|openai's|anthropic's) (?:\w+ )?(?:\w+ )?(?:programming|guidelines|polic(?:y|ies)|principles|values|rules|purpose|ethics|code|terms|capabilities as|scope|safety|usage|content|ethical|community)/u,
  ),
  rule(
    'decline',
    3,
    'refuses the request as such',
    /\b(?:this|that|your|the|such an?|any) (?:\w+ )?(?:request|prompt|question|query|topic|task|content|instruction)s? (?:you(?:'ve| have)? \w+ )?(?:is|are|was|seems?|appears?|may be|contains?|involves?|asks?|violates?|goes|promotes?|cannot|can't|can not)(?: to be)?(?: \w+){0,2} (?:illegal|unethical|inappropriate|harmful|offensive|dangerous|against|not something|not appropriate|violat|sensitive|unlawful|immoral|be (?:fulfilled|completed|answered|processed|granted)|unsafe|hateful|not (?:acceptable|suitable|allowed|permitted|ethical))/u,
  ),
  rule(
    'decline',
    3,
    'not something it does',
    /\b(?:not|isn't) (?:something|anything|a (?:topic|task|request|subject)|content) (?:that )?(?:i|we|an ai)(?: am|'m|'ll|'d)? ?(?:can|could|do|will|would|should|am able|able|allowed|willing|want|feel|support|condone|do\b)/u,
  ),
  rule(
    'decline',
    3,
    'cannot be provided',
    /\b(?:instructions|guidance|information|content|assistance|that|this|it|requests?|advice|help)\b(?: \w+){0,6} (?:cannot|can't|will not|won't|can not) be (?:provided|given|offered|shared|created|generated|fulfilled|answered|supported|done)/u,
  ),
  rule(
    'decline',
    3,
    'there is no way it helps',
    /\b(?:no way|nothing) (?:that )?i (?:can|could|will|would|am going to) (?:do|help|assist|provide)|\bi(?:'m| am) not (?:the right|a) (?:person|tool|one)\b[^.]* (?:for|to) (?:that|this)|\bi(?:'m| am) afraid (?:that )?(?:i|that's) (?:can't|cannot|not|won't)/u,
  ),
  rule(
    'decline',
    2,
    'its purpose is another',
    /\b(?:i(?:'m| am)|my (?:purpose|role|goal|function|programming|main function|primary purpose)(?: as [^.,]{0,40},?)? is) (?:\w+ )?(?:designed|programmed|trained|created|built|here|intended|to|committed)[^.]{0,120}(?:,|\band|\bbut)? (?:not|never|rather than|without) (?:\w+ )?(?:to (?:\w+ )?)?(?:assist|help|promot|engag|provid|support|harm|encourag|facilitat|caus|creat|generat|illegal|harmful|hack)/u,
  ),
  rule(
    'decline',
    2,
    'asks the user to stop',
    /^(?:please |i (?:urge|advise|implore|ask|strongly (?:urge|advise|encourage)) you (?:to |not )?)(?:(?:do not|don't|not to|never) (?:do (?:this|that|it|so)|engage|attempt|try (?:this|to)|harm|hurt|proceed|ask|request|share|spread|consider|use (?:this|such))|refrain from|stop\b|reconsider|against|avoid (?:asking|engaging))/u,
  ),
  rule(
    'decline',
    1,
    'cannot give professional advice',
    /\b(?:can't|cannot|not able to|unable to|don't|do not|not qualified to)\b[^.]{0,20}(?:provide|give|offer) (?:\w+ )?(?:medical|legal|financial|professional|investment|tax)\b/u,
  ),

  rule(
    'decline',
    3,
    'says it cannot or will not',
    new RegExp(
      `\\bwe\\b(?: \\w+)?(?: |')${UNABLE}${ADVERBS} (?:assist|help you|comply|fulfil+|continue this|(?:provide|answer|create|discuss|support) (?:such|this|that|your))\\b`,
      'u',
    ),
  ),
  rule(
    'decline',
    3,
    'its rules forbid it',
    /\b(?:my|our|the|openai's|anthropic's) (?:\w+ )?(?:guidelines|polic(?:y|ies)|programming|rules|principles|ethics|values|training|safety \w+)\b[^.!?]{0,30}(?:don't|do not|doesn't|does not|prevents?|prohibits?|forbids?|stops?|keeps?|bars?)\b(?: \w+)? (?:me|permit|allow|let|us|it)\b/u,
  ),
  rule(
    'decline',
    3,
    'is not allowed to',
    /\bi(?:'m| am) (?:\w+ )?(?:prohibited|forbidden|barred|restricted|prevented) from\b|\bbeyond what i(?:'m| am)|\b(?:not|isn't|wouldn't be) (?:possible|right|appropriate|ethical|responsible) (?:for|of) me to\b|\b(?:unethical|wrong|irresponsible|illegal|inappropriate) (?:for|of) me to\b/u,
  ),
  rule(
    'decline',
    3,
    'would rather not',
    /\bi(?:'d| would)? (?:rather|prefer) not (?:to )?(?:help|assist|answer|write|say|do|discuss|create|share|give|provide|talk|get into|be part|engage|continue)\b|\bi(?:'ll| will|'m| am| must| have)?(?: going)?(?: to)?(?: have)?(?: to)? (?:(?:respectfully |politely )?pass(?: on this| on that|(?= on\b)|(?=[.!]|$))|say no|turn (?:this|that|it|you|your request) down|draw (?:the|a) line)\b/u,
  ),
  rule(
    'decline',
    3,
    'will not',
    /\b(?:so|therefore|and|but) i (?:won't|will not|cannot|can't|refuse)[.!]?$|^no, i(?:'m| am) not (?:doing|going|helping|writing|saying)\b|\bi (?:won't|will not|refuse to) be (?:a )?(?:part|party|involved)\b|\bthings? (?:that )?i (?:don't|won't|will not|cannot|can't) (?:do|help|provide|write|say|discuss|share)\b|\bnot (?:for|with) (?:this[.!]?$|that[.!]?$|(?:something|anything) (?:that|which|like this))|\b(?:a |the )?line (?:that )?i (?:won't|will not|cannot|can't|refuse to) cross\b|^(?:no can do|(?:(?:sorry|no),? )?(?:but )?that's not (?:happening|going to happen))/u,
  ),

  rule(
    'decline',
    2,
    'says what it will not do',
    /\bi(?:'m| am) not going to (?!lie|pretend|sugarcoat|repeat|go into|bore|deny|list|argue|say (?:that|it)|be )\w+|\bi (?:won't|will not) (?!lie|pretend|sugarcoat|repeat|go into|bore|deny|list|be (?:surprised|able|there|long|offended)|have|need|know|forget|mind|spoil|claim|dwell)\w+/u,
  ),
  rule(
    'decline',
    3,
    'does not think it should',
    /\bi (?:don't|do not) (?:think|believe|feel) (?:that )?(?:i (?:should|can|could|ought)|it(?:'s| is| would be)? (?:right|appropriate|ethical|responsible|wise) (?:for me )?to)|\bi(?:'m| am) (?:\w+ )?(?:not (?:\w+ )?|un)comfortable\b|\b(?:falls?|is|goes) (?:well )?(?:outside|beyond) (?:of )?what i\b|\bno (?:ethical|legal|safe|right|responsible) way to (?:do|help|answer)|\bwe (?:should not|shouldn't|can't|cannot) (?:be )?(?:discuss|talk|continue|doing)/u,
  ),
  rule(
    'decline',
    2,
    'is worried by the request',
    /\bi(?:'m| am) (?:\w+ )?(?:concerned|worried|alarmed) (?:about|by) (?:this|your|that|what you)\b/u,
  ),

  rule(
    'decline',
    3,
    'names a standard that forbids it',
    /\bagainst (?:\w+ )?(?:ethical|moral|legal|safety|community) (?:and \w+ )?(?:standards|guidelines|principles|norms|rules)\b|\bi(?:'m| am) (?:declining|refusing|rejecting)\b|\b(?:assisting|helping|fulfil+ing|complying|answering)\b[^.!?]{0,40} (?:is|would be) (?:not possible|impossible|out of the question)|\bbest (?:if|that) (?:we|i) (?:don't|do not|stop)\b|\bi can only (?:help|assist) with (?:lawful|legal|safe|ethical)/u,
  ),

  // Apologies.
  rule(
    'apology',
    1,
    'apologises',
    /^(?:(?:oh|ah|hi|hello|hey|well|no)[,.! ]+)?(?:i(?:'m| am)|we(?:'re| are))? ?(?:\w+ )?(?:sorry|apologi[sz]e|apologies|my apologies)\b(?! to hear| for your loss| you(?:'re| are) (?:going|feeling|having)| that you(?:'re| are)? (?:going|feeling|having|had|been|experienc)| about your| you had)/u,
  ),
  rule('apology', 1, 'regrets', /^(?:i|we) (?:deeply |sincerely )?(?:regret|apologi[sz]e)\b|^(?:unfortunately|regrettably|i'm afraid)\b/u),

  // Limits of the program, not of its will.
  rule(
    'limit',
    3,
    'has no access or senses',
    /\b(?:do not|don't|doesn't|does not|no|not|without|lack|never)\b(?: \w+){0,2} (?:have |having |possess )?(?:\w+ ){0,2}(?:access to (?:real|current|live|the internet|the web|up|your|external|information (?:about|on) (?:current|your|real)|personal (?:data|information) about you|specific (?:data|information)|news|weather|location|any (?:real|external|current))|real-?time|up-?to-?date|personal (?:opinions?|preferences?|experiences?|feelings?|beliefs?|emotions?|thoughts?|li(?:fe|ves)|favou?rites?|history|views?|names?)|feelings|emotions|opinions|preferences|consciousness|a (?:physical )?body|physical (?:body|form|presence|sensations|abilit)|senses|memory of|memories|eyes|ears|hands|internet|browsing|enough (?:information|context|details)|information about (?:the|your|current)|live data|specific information)/u,
  ),
  rule(
    'limit',
    3,
    'cannot sense or look up',
    new RegExp(
      `\\b${UNABLE}(?: (?:directly|actually|physically|currently|personally|browse or|really))* (?:browse|brows(?:e|ing)|access (?:the (?:internet|web)|real|external|current|live|websites|links|urls|your (?:location|device|files|personal|account)|files)|see|view|hear|listen|look up|open (?:links|files|urls|websites)|feel|predict|remember|recall|watch|search (?:the|for)|experience|taste|smell|play (?:music|audio|videos?)|display|draw|verify|check (?:the|your|live|current)|make (?:calls|phone|purchases|reservations|bookings)|send (?:e-?mails?|messages|texts)|physically|interact with (?:the )?(?:physical|real)|express (?:emotions|feelings)|have (?:personal|feelings|opinions|emotions)|find (?:any|the|information|that)|determine|know|decode|decrypt|decipher|translate|read)\\b`,
      'u',
    ),
  ),
  rule(
    'limit',
    3,
    'cannot give a current or exact figure',
    new RegExp(
      `\\b${UNABLE}${ADVERBS} (?:provide|give|offer|tell|suggest|recommend|share|answer|say|make|generate|predict)(?: you)?(?: with)?(?: an?| any| the| my| your)? ?(?:exact|precise|definit|single|specific (?:number|answer|figure|date|recommendation|product)|accurate|real-?time|current|live|latest|up-?to-?date|personal (?:opinion|experience|anecdote|recommendation)|opinion|prediction|guarantee)`,
      'u',
    ),
  ),
  rule(
    'limit',
    3,
    'needs to know more first',
    new RegExp(`\\b${UNABLE}\\b[^.!?]{0,80}\\bwithout (?:more|further|additional|knowing|seeing|discussing|your)\\b`, 'u'),
  ),
  rule(
    'limit',
    3,
    'handles text only',
    new RegExp(
      `\\b${UNABLE}(?: (?:directly|actually|physically|currently))* (?:create|generate|produce|draw|make|show|display|share|send|process|provide)(?: you)?(?: \\w+){0,3} (?:images?|pictures?|photos?|videos?|audio|drawings?|sounds?|files?|attachments?)\\b(?! (?:of|that|which|depicting|showing|with|for))`,
      'u',
    ),
  ),
  rule(
    'limit',
    2,
    'knowledge ends',
    /\b(?:knowledge|training)(?: data)? (?:cut-?off|only goes|was last updated|is limited|ends)|\b(?:as of my|my) (?:last|latest|knowledge) (?:update|cut-?off)/u,
  ),
];
