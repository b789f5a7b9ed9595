/**
 * Refusal forms of European languages and others in Latin letters, and what keeps a sentence from being taken for one.
 * Patterns run on normalised text (lower case, NFKC). `\b` knows no accents, so patterns say what follows instead.
 */
import { rule, type Rule } from './types.ts';

export const EUROPEAN: readonly Rule[] = [
  // Spanish
  rule(
    'decline',
    3,
    'es declines',
    /(?:^|[ ,.:])(?:no puedo|no podemos|no podré|no voy a|no me es posible|no me está permitido|no estoy (?:en condiciones de|autorizad[oa] (?:a|para)|capacitad[oa] para|programad[oa] para|dispuest[oa] a)|no soy capaz de|no debo|me niego a|no es posible|soy incapaz de)(?: en buena conciencia| ni debo)? ?(?:ayudar|asistir|proporcionar|brindar|dar|darte|ofrecer|cumplir|responder|crear|escribir|generar|participar|apoyar|continuar|hacer (?:eso|esto)|hacerlo|facilitar|promover|fomentar|compartir|explicar|enseñar|complacer|satisfacer|atender|colaborar|elaborar|producir|realizar|redactar|discutir|hablar|recomendar|acceder)/u,
  ),
  rule(
    'decline',
    3,
    'es declines',
    /(?:debo|tengo que) (?:rechazar|negarme|declinar)|(?:va|está|van) en contra de (?:mis|nuestras|las) (?:políticas|normas|directrices|principios|pautas|valores)|me niego|viola (?:mis|las|nuestras) (?:políticas|normas)/u,
  ),
  rule(
    'apology',
    1,
    'es apologises',
    /^(?:lo siento|lo lamento|disculp[ae]|perdón|perdona|mis disculpas|lamentablemente|me temo que|pido disculpas|desafortunadamente)(?! mucho (?:tu|su) pérdida| por tu pérdida)/u,
  ),
  rule(
    'limit',
    3,
    'es limit',
    /no (?:tengo|puedo|cuento con|dispongo de)[^.]{0,15}(?:acceso a (?:internet|la web|información (?:en tiempo real|actualizada)|datos en tiempo real)|tiempo real|navegar|opiniones|preferencias|sentimientos|emociones|experiencias personales|cuerpo|ver (?:imágenes|la imagen)|(?:decir(?:te)?|dar(?:te)?|proporcionar) (?:el|la|un|una) (?:\S+ )?exact)/u,
  ),
  rule(
    'lecture',
    2,
    'es judges',
    /(?:^|[ ,])(?:es|son|está|sería|constituye|y|considera)(?: \S+){0,3} (?:ilegal(?:es)?|delito|crimen|poco ético|inmoral|prohibid[oa]|antiétic[oa]|peligros[oa]|inaceptable|dañin[oa]|incorrecto)/u,
  ),
  rule(
    'redirect',
    2,
    'es offers something else',
    /^(?:(?:pero|sin embargo|en su lugar|en cambio)[, ]+)*(?:si (?:necesitas|tienes|estás|necesita|tiene|desea|quieres|hay)|puedo (?:ayudar(?:te|le)?|ofrecer(?:te|le)?|sugerir)|te (?:recomiendo|sugiero|animo|insto)|le (?:recomiendo|sugiero)|estoy aquí para|¿(?:hay|puedo|en qué|te gustaría)|con gusto|busca ayuda|por favor)/u,
  ),

  // French
  rule(
    'decline',
    3,
    'fr declines',
    /(?:je|nous|j'ai|il m'est|on)[^.!?]{0,30}?(?:ne (?:peux|pouvons|peut|saurais|suis|vais|dois|veux|souhaite|pourrai|fournis|soutiens|participe)[^.!?]{0,12}(?: pas| point)?|n'ai pas le droit de|n'est pas possible (?:de)?|impossible (?:de|d')|refuse (?:de|d'))[^.!?]{0,45}?(?:aider|assister|fournir|donner|offrir|répondre|créer|écrire|générer|participer|soutenir|continuer|faire (?:cela|ça)|encourager|promouvoir|partager|expliquer|accéder à (?:cette|votre) (?:demande|requête)|satisfaire|rédiger|produire|enseigner|discuter|cautionner|proposer|donner suite|en mesure de|autorisé à|conseiller)/u,
  ),
  rule(
    'decline',
    3,
    'fr declines',
    /(?:je|dois|vais) (?:devoir )?(?:refuser|décliner|refuse\b)|(?:va|vont|est|contraire|contraires)[^.]{0,8} (?:à l'encontre de|à|aux) (?:mes|mon|nos) ?(?:principes|directives|règles|valeurs|éthique|politiques)/u,
  ),
  rule(
    'apology',
    1,
    'fr apologises',
    /^(?:je suis (?:vraiment |sincèrement )?désolée?|désolée?|je m'excuse|excusez|pardon|je regrette|malheureusement|toutes mes excuses|navrée?)(?! (?:d'apprendre|d'entendre|pour votre perte))/u,
  ),
  rule(
    'limit',
    3,
    'fr limit',
    /(?:n'ai pas|ne peux pas|ne dispose pas|ne possède pas)[^.]{0,20}(?:accès (?:à internet|au web|aux (?:données|informations) en temps réel|à des (?:données|informations) en temps réel)|temps réel|naviguer|opinions?|préférences|sentiments|émotions|expériences personnelles|de corps|voir (?:les |d')?images?|donner (?:le|la|un|une) (?:\S+ )?exact)/u,
  ),
  rule(
    'lecture',
    2,
    'fr judges',
    /(?:^|[ ,'])(?:est|sont|serait|constitue|et)(?: \S+){0,3} (?:illégal(?:e|es)?|illégaux|un crime|un délit|contraire à (?:la loi|l'éthique)|immoral(?:e|es)?|interdite?s?|inacceptables?|dangereu(?:x|se|ses)|inapproprié(?:e|s|es)?)/u,
  ),
  rule(
    'redirect',
    2,
    'fr offers something else',
    /^(?:(?:mais|cependant|toutefois|en revanche|par contre)[, ]+)*(?:si vous|si tu|je (?:peux|serais|serai|vous (?:conseille|recommande|encourage|invite)|suis là)|n'hésitez pas|puis-je|y a-t-il|veuillez|avez-vous)/u,
  ),

  rule('decline', 3, 'fr declines, cut off', /^(?:mais |malheureusement,? )?je ne (?:peux|puis|suis) pas(?: \S+)?$/u),

  // German
  rule(
    'decline',
    3,
    'de declines',
    /(?:ich|wir|mir|dabei|das|dir|ihnen)[^.!?]{0,40}?(?:kann|könnte|werde|darf|möchte|können|werden|will)[^.!?]{0,60}?(?:nicht|keine|keinen|kein|keinerlei|leider nicht)(?!\s+(?:genau|sagen, (?:wann|ob)))[^.!?]{0,60}?(?:helfen|behilflich|unterstützen|bereitstellen|geben|anbieten|erfüllen|beantworten|erstellen|schreiben|generieren|teilnehmen|fördern|fortfahren|tun|teilen|erklären|nachkommen|weiterhelfen|verfassen|liefern|zeigen|beteiligen|mitwirken|diskutieren|entsprechen|beibringen|leisten|gutheißen)/u,
  ),
  rule(
    'decline',
    3,
    'de declines',
    /(?:ich bin|mir ist es|es ist mir)[^.!?]{0,20}nicht (?:in der lage|möglich|befugt|gestattet|erlaubt|berechtigt|bereit|programmiert)|(?:muss|möchte|werde)[^.]{0,30}(?:ablehnen|verweigern|zurückweisen)|ich (?:lehne|weigere|verweigere)|(?:verstößt|verstoßen|widerspricht) (?:gegen )?(?:meine|meinen|unsere|die) (?:richtlinien|grundsätze|prinzipien|werte|nutzungsbedingungen|programmierung)/u,
  ),
  rule(
    'decline',
    3,
    'de declines, streaming',
    /^(?:(?:aber |leider )?(?:ich kann|das kann ich|dabei kann ich)(?: \S+){0,4} (?:leider )?nicht(?: \S+)?)[.!]?$/u,
  ),
  rule(
    'decline',
    3,
    'de declines',
    /(?:kann|darf|werde|möchte|will) ich [^.!?]{0,50}(?:nicht|kein\p{L}*)[^.!?]{0,60}(?:helfen|unterstützen|geben|anbieten|beantworten|erstellen|schreiben|liefern|bereitstellen|erfüllen|tun)/u,
  ),
  rule(
    'apology',
    1,
    'de apologises',
    /^(?:es tut mir (?:sehr |wirklich )?leid|tut mir leid|entschuldigung|entschuldige|verzeihung|leider|ich bedauere|bedauerlicherweise|ich entschuldige)(?!, (?:das zu hören|dass (?:du|sie)))/u,
  ),
  rule(
    'limit',
    3,
    'de limit',
    /(?:habe|kann|verfüge|besitze)[^.]{0,25}(?:kein(?:e|en)?|nicht)[^.]{0,25}(?:zugriff auf (?:das internet|echtzeit|aktuelle)|zugang zu (?:echtzeit|aktuellen|dem internet)|echtzeit|im internet|persönlichen? (?:meinung|vorlieben|erfahrung|gefühl)|gefühle|emotionen|meinung|bilder (?:sehen|ansehen)|körper|genau (?:sagen|vorhersagen))/u,
  ),
  rule(
    'lecture',
    2,
    'de judges',
    /(?:^|[ ,])(?:ist|sind|wäre|gilt|und)(?: \S+){0,3} (?:illegal|strafbar|verboten|unethisch|unmoralisch|rechtswidrig|eine straftat|ein verbrechen|gefährlich|inakzeptabel|gesetzeswidrig)/u,
  ),
  rule(
    'redirect',
    2,
    'de offers something else',
    /^(?:(?:aber|jedoch|stattdessen)[, ]+)*(?:wenn (?:du|sie)|falls (?:du|sie)|ich (?:kann|helfe|würde|rate|empfehle|bin hier)|stattdessen|gerne|bitte|kann ich|gibt es|möchten sie|wie kann ich)/u,
  ),

  // Portuguese
  rule(
    'decline',
    3,
    'pt declines',
    /(?:^|[ ,.:])(?:(?:eu )?não (?:posso|podemos|poderei|vou|devo|consigo|é possível|estou (?:autorizad[oa] a|programad[oa] para|apt[oa] a|em condições de)|sou capaz de)|recuso-me a|me recuso a)(?: \S+){0,2}? ?(?:ajudar|ajudá-l[oa]|te ajudar|auxiliar|assistir|fornecer|dar|oferecer|atender|cumprir|responder|criar|escrever|gerar|participar|apoiar|continuar|fazer (?:isso|isto)|promover|incentivar|compartilhar|partilhar|explicar|ensinar|prosseguir|elaborar|produzir|discutir|redigir|realizar)/u,
  ),
  rule(
    'decline',
    3,
    'pt declines',
    /(?:devo|tenho que|preciso) (?:recusar|declinar)|(?:vai|vão|é) (?:contra|contrário a) (?:as |os |a )?(?:minhas|meus|nossas|nossos) (?:diretrizes|políticas|princípios|valores)|viola (?:as )?(?:minhas|nossas) (?:diretrizes|políticas)|me recuso/u,
  ),
  rule(
    'apology',
    1,
    'pt apologises',
    /^(?:sinto muito|desculpe?|desculpa|peço desculpas?|lamento|infelizmente|perdão|me desculpe)(?! (?:saber|ouvir|pela sua perda))/u,
  ),
  rule(
    'limit',
    3,
    'pt limit',
    /não (?:tenho|posso|consigo|possuo)[^.]{0,15}(?:acesso (?:à internet|a (?:dados|informações) em tempo real)|tempo real|navegar|opiniões|preferências|sentimentos|emoções|experiências pessoais|ver imagens|(?:dizer|dar|fornecer) (?:o|a|um|uma) (?:\S+ )?exat)/u,
  ),
  rule(
    'lecture',
    2,
    'pt judges',
    /(?:^|[ ,])(?:é|são|seria|constitui|e)(?: \S+){0,3} (?:ilegal|ilegais|crime|antiétic[oa]|imoral|proibid[oa]|inaceitável|perigos[oa]|prejudicial)/u,
  ),
  rule(
    'redirect',
    2,
    'pt offers something else',
    /^(?:(?:mas|no entanto|porém|em vez disso)[, ]+)*(?:se (?:você|precisar|estiver|tiver|quiser)|posso (?:ajudar|ajudá|oferecer|sugerir)|recomendo|sugiro|estou aqui para|há (?:algo|mais)|por favor|procure)/u,
  ),

  // Italian
  rule(
    'decline',
    3,
    'it declines',
    /(?:^|[ ,.:])(?:(?:io )?non (?:posso|possiamo|potrò|sono (?:in grado di|autorizzat[oa] a|programmat[oa] per|dispost[oa] a)|mi è (?:possibile|permesso|consentito)|è possibile|intendo|voglio|devo)|mi rifiuto di)(?: \S+){0,2}? ?(?:aiutar(?:e|ti|la|vi)|assister(?:e|ti|la)|fornir(?:e|ti|le)|dar(?:e|ti|le)|offrir(?:e|ti)|soddisfare|rispondere|crear(?:e|lo)|scriver(?:e|lo)|generare|partecipare|supportare|sostenere|continuare|far(?:e questo|lo)|promuovere|incoraggiare|condividere|spiegar(?:e|ti)|insegnar(?:e|ti)|esaudire|procedere|produrre|discutere|redigere)/u,
  ),
  rule(
    'decline',
    3,
    'it declines',
    /(?:devo|sono costretto a) (?:rifiutare|declinare)|(?:va|vanno|è) (?:contro|contrari[oa] a) ?(?:alle |ai |le |i )?(?:mie|miei|nostre|nostri) (?:linee guida|principi|politiche|valori|regole)|viola (?:le mie|le nostre|i miei)|mi rifiuto/u,
  ),
  rule(
    'apology',
    1,
    'it apologises',
    /^(?:mi (?:dispiace|spiace)|spiacente|sono (?:spiacente|desolat[oa])|chiedo scusa|scusa(?:mi|te)?|purtroppo|ci dispiace)(?! (?:sentire|sapere|per la tua perdita))/u,
  ),
  rule(
    'limit',
    3,
    'it limit',
    /non (?:ho|posso|dispongo|possiedo)[^.]{0,15}(?:accesso (?:a internet|al web|a (?:dati|informazioni) in tempo reale)|tempo reale|navigare|opinioni|preferenze|sentimenti|emozioni|esperienze personali|vedere (?:le )?immagini|(?:dirti|darti|fornire) (?:il|la|un|una) (?:\S+ )?esatt)/u,
  ),
  rule(
    'lecture',
    2,
    'it judges',
    /(?:^|[ ,])(?:è|sono|sarebbe|costituisce|e)(?: \S+){0,3} (?:illegal[ei]|un reato|un crimine|non etico|immoral[ei]|vietat[oa]|proibit[oa]|inaccettabile|pericolos[oa]|dannos[oa])/u,
  ),
  rule(
    'redirect',
    2,
    'it offers something else',
    /^(?:(?:ma|tuttavia|però|invece)[, ]+)*(?:se (?:hai|vuoi|ha|desideri|stai|avete)|posso (?:aiutar|offrir|suggerir)|ti (?:consiglio|suggerisco|invito)|sono qui per|c'è (?:qualcos'altro|altro)|per favore|posso esserti)/u,
  ),

  // Dutch, Polish, Turkish, Indonesian, Vietnamese, Swedish: the commonest form only
  rule(
    'decline',
    3,
    'nl declines',
    /(?:ik|we) (?:kan|kunnen|mag|zal|wil) [^.!?]{0,30}(?:niet|geen)[^.!?]{0,40}(?:helpen|bieden|geven|verstrekken|assisteren|voldoen|maken|schrijven|beantwoorden|meewerken|ondersteunen)|ik weiger/u,
  ),
  rule(
    'decline',
    3,
    'pl declines',
    /nie (?:mogę|możemy|jestem w stanie|będę)(?: \S+){0,3} (?:pomóc|pomagać|dostarczyć|udzielić|spełnić|stworzyć|napisać|wspierać|podać|odpowiedzieć|zrobić|uczestniczyć)|odmawiam/u,
  ),
  rule(
    'decline',
    3,
    'tr declines',
    /(?:yardımcı olamam|yardım edemem|yardımcı olamıyorum|sağlayamam|veremem|yerine getiremem|yapamam|oluşturamam|yazamam|destekleyemem|yanıtlayamam|reddediyorum|mümkün değil)/u,
  ),
  rule(
    'decline',
    3,
    'id declines',
    /(?:saya|kami) (?:tidak (?:dapat|bisa|boleh|akan|mampu))(?: \S+){0,2} (?:membantu|memberikan|menyediakan|memenuhi|membuat|menulis|menjawab|mendukung|melakukan|melanjutkan|berpartisipasi|menjelaskan)/u,
  ),
  rule(
    'decline',
    3,
    'vi declines',
    /(?:tôi|chúng tôi|mình) (?:không thể|không được phép|xin từ chối|từ chối|sẽ không)(?: \S+){0,2} ?(?:giúp|hỗ trợ|cung cấp|đáp ứng|trả lời|tạo|viết|thực hiện|tham gia|yêu cầu|hướng dẫn)/u,
  ),
  rule(
    'decline',
    3,
    'sv declines',
    /jag (?:kan|får|vill|tänker) (?:tyvärr )?(?:inte|ej)(?: \S+){0,3} (?:hjälpa|ge|bistå|tillhandahålla|uppfylla|skapa|skriva|svara|göra|stödja|delta)/u,
  ),
  rule(
    'apology',
    1,
    'apologises',
    /^(?:het spijt me|sorry|helaas|przepraszam|przykro mi|niestety|üzgünüm|maalesef|özür dilerim|maaf|mohon maaf|xin lỗi|rất tiếc|tyvärr|jag är ledsen|förlåt)/u,
  ),
];
